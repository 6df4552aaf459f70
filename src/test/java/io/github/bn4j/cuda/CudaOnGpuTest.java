package io.github.bn4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.emulator.RequiresGpu;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import org.junit.jupiter.api.Test;

/** What the device layer promises, on every real device of the host. */
@RequiresGpu
final class CudaOnGpuTest {
  @Test
  void copiesLaunchesAndGraphs_onEveryDevice_compute() {
    for (CudaDevice device : CudaProbe.get().devices()) {
      CudaContext context = CudaContext.primary(device.ordinal());
      try (CudaStream stream = CudaStream.create(context);
          CudaMemory memory = new CudaMemory(stream);
          CudaModule module = CudaModule.load(context, "add.ptx", AddKernel.PTX)) {
        AddKernel kernel = new AddKernel(module);
        HostTensor values = HostTensor.allocate(DataType.F32, 3_000_001);
        values.set(3_000_000, 5);
        DeviceBuffer x = memory.copyOf(values);
        context.enter();
        kernel.launch(x, 1f, stream);
        context.exit();
        try (CudaGraph graph = CudaGraph.capture(stream, () -> kernel.launch(x, 2f, stream))) {
          graph.launch(stream);
          graph.launch(stream);
        }
        HostTensor back = memory.toHost(x);

        assertThat(back.get(0)).as(device.describe()).isEqualTo(5);
        assertThat(back.get(3_000_000)).isEqualTo(10);
      }
    }
  }

  @Test
  void events_measureTheDevicesTime() {
    CudaContext context = CudaContext.primary(0);
    CudaStream stream = context.ownStream();
    try (CudaMemory memory = new CudaMemory(stream);
        CudaEvent start = CudaEvent.timed(context);
        CudaEvent end = CudaEvent.timed(context)) {
      DeviceBuffer from = memory.allocate(DataType.U8, 64 << 20);
      DeviceBuffer to = memory.allocate(DataType.U8, 64 << 20);
      start.record(stream);
      memory.copy(from, to);
      end.record(stream);
      end.synchronize();

      assertThat(end.millisecondsSince(start)).isBetween(1e-3, 1e3);
    }
  }

  @Test
  void allocate_moreThanThereIs_saysHowMuchIsFree() {
    long all = CudaProbe.get().device(0).memoryBytes();
    try (CudaMemory memory = new CudaMemory(PlanOptions.DEFAULT)) {
      assertThatThrownBy(() -> memory.allocate(DataType.U8, 2 * all))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("CUDA_ERROR_OUT_OF_MEMORY (2) while allocating")
          .hasMessageContaining(" free; ");
    }
  }

  @Test
  void load_damagedPtx_throwsWithTheCompilersWords() {
    CudaContext context = CudaContext.primary(0);
    assertThatThrownBy(
            () ->
                CudaModule.load(
                    context, "add.ptx", AddKernel.PTX.replace("add.f32", "frobnicate.f32")))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("CUDA_ERROR_INVALID_PTX (218) while loading add.ptx")
        .hasMessageContaining("; the compiler says: ");
  }
}
