package io.github.bn4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.backend.DeviceStream;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.emulator.AlsoOnGpu;
import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.emulator.EmulatedDriver;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@EmulatedCuda(computeCapability = {90, 75})
final class DeviceLayerTest {
  @Test
  void probe_listsDevicesWithTheirLimits() {
    CudaProbe probe = CudaProbe.get();

    assertThat(probe.support().isYes()).isTrue();
    assertThat(probe.driverVersion()).isEqualTo(13000);
    assertThat(probe.devices()).hasSize(2);
    assertThat(probe.device(1).limits().computeCapability()).isEqualTo(75);
    assertThat(probe.device(0).limits().multiprocessors()).isEqualTo(4);
    assertThat(probe.device(0).describe()).contains(", sm_90, 4 SMs, 1.0 GiB");
  }

  @Test
  void device_unknownOrdinal_isRefusedWithTheRange() {
    assertThatThrownBy(() -> CudaContext.primary(2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("device: expected an ordinal from 0 to 1, got 2");
  }

  @Test
  void launch_onEachDeviceAndFromAnotherThread_computes() throws InterruptedException {
    for (int device = 0; device < 2; device++) {
      PlanOptions options = new PlanOptions(0, device, null);
      AtomicReference<float[]> result = new AtomicReference<>();
      Thread thread = new Thread(() -> result.set(addTwice(options)));
      thread.start();
      thread.join();

      assertThat(result.get()).hasSize(100).containsOnly(3.5f);
    }
  }

  private static float[] addTwice(PlanOptions options) {
    CudaStream stream = CudaStream.of(options);
    CudaContext context = stream.context();
    try (CudaMemory memory = new CudaMemory(options);
        CudaModule module = CudaModule.load(context, "add.ptx", AddKernel.PTX)) {
      AddKernel kernel = new AddKernel(module);
      DeviceBuffer x = memory.allocate(DataType.F32, 100);
      context.enter();
      try {
        kernel.launch(x, 1.5f, stream);
        // The arguments are rewritten while the first launch may still be queued.
        kernel.launch(x, 2f, stream);
      } finally {
        context.exit();
      }
      return memory.toHost(x).toFloats();
    }
  }

  @Test
  void calls_leaveTheUsersContextCurrent() {
    CUdevice device = new CUdevice();
    CUcontext user = new CUcontext();
    CUcontext after = new CUcontext();
    JCudaDriver.cuInit(0);
    JCudaDriver.cuDeviceGet(device, 1);
    JCudaDriver.cuCtxCreate(user, 0, device);
    try (CudaMemory memory = new CudaMemory(PlanOptions.DEFAULT)) {
      memory.toHost(memory.copyOf(HostTensor.of(1f)));
      JCudaDriver.cuCtxGetCurrent(after);

      assertThat(after).isEqualTo(user);
    } finally {
      JCudaDriver.cuCtxDestroy(user);
    }
  }

  @AlsoOnGpu
  @Test
  void wrap_usersContextStreamAndMemory_areUsedAndNotFreed() {
    CUcontext user = new CUcontext();
    JCudaDriver.cuInit(0);
    JCudaDriver.cuCtxCreate(user, 0, new CUdevice());
    CUstream usersStream = new CUstream();
    JCudaDriver.cuStreamCreate(usersStream, 0);
    DevicePointer usersMemory = new DevicePointer();
    JCudaDriver.cuMemAlloc(usersMemory, 400);
    JCudaDriver.cuCtxPopCurrent(new CUcontext());
    CudaContext context = CudaContext.wrap(user);
    CudaStream stream = CudaStream.wrap(usersStream, context);
    try (CudaModule module = CudaModule.load(context, "add.ptx", AddKernel.PTX);
        CudaMemory memory = new CudaMemory(stream)) {
      DeviceBuffer x = DeviceBuffer.wrap(context, usersMemory, DataType.F32, 100);
      x.zeroAsync(stream);
      context.enter();
      new AddKernel(module).launch(x, 4f, stream);
      context.exit();

      assertThat(memory.toHost(x).toFloats()).containsOnly(4f);
      x.close();
      stream.close();
      assertThat(memory.toHost(DeviceBuffer.wrap(context, usersMemory, DataType.F32, 100)).get(0))
          .isEqualTo(4);
    } finally {
      JCudaDriver.cuCtxDestroy(user);
    }
  }

  @Test
  void of_streamGivenByNumber_findsItsContext() {
    CudaContext context = CudaContext.primary(1);
    try (CudaStream original = CudaStream.create(context)) {
      DeviceStream byNumber =
          new DeviceStream() {
            @Override
            public int device() {
              return 1;
            }

            @Override
            public long handle() {
              return original.handle();
            }
          };

      CudaStream found = CudaStream.of(new PlanOptions(0, 0, byNumber));

      assertThat(found.handle()).isEqualTo(original.handle());
      assertThat(found.device()).isEqualTo(1);
    }
  }

  @Tag("gpu-misuse") // in a process of its own there, see gpu-check
  @Test
  void wrap_contextThatWasDestroyed_saysWhoDidIt() {
    CUcontext user = new CUcontext();
    JCudaDriver.cuInit(0);
    JCudaDriver.cuCtxCreate(user, 0, new CUdevice());
    JCudaDriver.cuCtxPopCurrent(new CUcontext());
    CudaContext context = CudaContext.wrap(user);
    JCudaDriver.cuCtxDestroy(user);

    assertThatThrownBy(() -> DeviceBuffer.allocate(context, DataType.F32, 1))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("the context was destroyed by its owner; keep it until plans,");
  }

  @Tag("gpu-misuse") // in a process of its own there, see gpu-check
  @Test
  void close_afterTheContextIsGone_isHarmless() {
    CUcontext user = new CUcontext();
    JCudaDriver.cuInit(0);
    JCudaDriver.cuCtxCreate(user, 0, new CUdevice());
    JCudaDriver.cuCtxPopCurrent(new CUcontext());
    DeviceBuffer buffer = DeviceBuffer.allocate(CudaContext.wrap(user), DataType.F32, 8);
    JCudaDriver.cuCtxDestroy(user);
    buffer.close();
    buffer.close();

    assertThat(buffer.isClosed()).isTrue();
  }

  @AlsoOnGpu
  @Test
  void wrap_emptyContextOrPointer_isRefused() {
    assertThatThrownBy(() -> CudaContext.wrap(new CUcontext()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("context: expected a CUcontext made by the driver, got an empty");
    CudaContext context = CudaContext.primary(0);
    assertThatThrownBy(() -> DeviceBuffer.wrap(context, 0, DataType.F32, 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("pointer: expected device memory of 40 B, got a null pointer");
    assertThatThrownBy(() -> DeviceBuffer.wrap(context, 1026, DataType.F32, 10))
        .hasMessage("pointer: expected an address that is a multiple of 4 (f32), got 0x402");
  }

  @AlsoOnGpu
  @Test
  void writeAsync_bufferOverAnArrayOrTooLong_isRefused() {
    CudaContext context = CudaContext.primary(0);
    CudaStream stream = context.ownStream();
    try (DeviceBuffer buffer = DeviceBuffer.allocate(context, DataType.F32, 2)) {
      assertThatThrownBy(() -> buffer.writeAsync(0, ByteBuffer.allocate(8), stream))
          .hasMessageStartingWith("source: expected a direct buffer, got one over an array");
      assertThatThrownBy(() -> buffer.writeAsync(4, ByteBuffer.allocateDirect(8), stream))
          .hasMessage("write: expected at most 8 bytes in all, got 8 from byte 4");
    }
  }

  @AlsoOnGpu
  @Test
  void writeAsync_slice_copiesFromItsPosition() {
    CudaContext context = CudaContext.primary(0);
    CudaStream stream = context.ownStream();
    try (DeviceBuffer buffer = DeviceBuffer.allocate(context, DataType.U8, 4);
        PinnedBuffer pinned = PinnedBuffer.allocate(context, 16)) {
      ByteBuffer bytes = pinned.bytes();
      bytes.put(0, new byte[] {0, 1, 2, 3, 4, 5, 6, 7}).position(2).limit(4);
      buffer.zeroAsync(stream);
      buffer.writeAsync(1, bytes, stream);
      ByteBuffer back = ByteBuffer.allocateDirect(4);
      buffer.readAsync(0, back, stream);
      stream.synchronize();

      byte[] result = new byte[4];
      back.get(0, result);
      assertThat(result).containsExactly(0, 2, 3, 0);
    }
  }

  @Test
  void events_orderStreamsAndMeasure() {
    CudaContext context = CudaContext.primary(0);
    try (CudaStream first = CudaStream.create(context);
        CudaStream second = CudaStream.create(context);
        CudaEvent start = CudaEvent.timed(context);
        CudaEvent end = CudaEvent.timed(context);
        DeviceBuffer from = DeviceBuffer.allocate(context, DataType.F32, 1000);
        DeviceBuffer to = DeviceBuffer.allocate(context, DataType.F32, 1000)) {
      start.record(first);
      from.zeroAsync(first);
      end.record(first);
      second.waitFor(end);
      to.copyAsync(from, second);
      second.synchronize();

      assertThat(first.isIdle()).isTrue();
      assertThat(end.millisecondsSince(start)).isNotNegative();
      assertThat(EmulatedDriver.takeFindings()).isEmpty();
    }
  }
}
