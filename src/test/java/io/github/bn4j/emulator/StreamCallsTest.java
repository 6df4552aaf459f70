package io.github.bn4j.emulator;

import static io.github.bn4j.emulator.DriverCalls.*;
import static jcuda.driver.CUresult.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUhostFn;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@EmulatedCuda
final class StreamCallsTest extends InContext {
  private static final int BLOCKING = 0;
  private static final int NON_BLOCKING = 1;

  private CUdeviceptr memory = new CUdeviceptr();
  private Pointer host = new Pointer();

  @BeforeEach
  void create() {
    memory = allocateInts(1);
    host = pinned(0);
  }

  private int onHost() {
    return ints(host, 1).getInt(0);
  }

  @Test
  void cuStreamCreate_withUnknownFlags_isRefused() {
    assertThat(JCudaDriver.cuStreamCreate(new CUstream(), 2)).isEqualTo(CUDA_ERROR_INVALID_VALUE);
  }

  @Test
  void cuStreamCreateWithPriority_beyondTheRange_isClamped() {
    CUstream stream = new CUstream();
    ok(JCudaDriver.cuStreamCreateWithPriority(stream, NON_BLOCKING, -100));
    int[] value = new int[1];
    ok(JCudaDriver.cuStreamGetPriority(stream, value));
    assertThat(value[0]).isEqualTo(-5);
    ok(JCudaDriver.cuStreamGetFlags(stream, value));
    assertThat(value[0]).isEqualTo(NON_BLOCKING);
    CUcontext owner = new CUcontext();
    ok(JCudaDriver.cuStreamGetCtx(stream, owner));
    assertThat(owner).isEqualTo(context);
  }

  @Test
  void destroyedStream_isRefused() {
    CUstream stream = stream(BLOCKING);
    ok(JCudaDriver.cuStreamDestroy(stream));
    assertThat(JCudaDriver.cuStreamDestroy(stream)).isEqualTo(CUDA_ERROR_INVALID_HANDLE);
    assertThat(JCudaDriver.cuStreamSynchronize(stream)).isEqualTo(CUDA_ERROR_INVALID_HANDLE);
    assertThat(JCudaDriver.cuMemsetD32Async(memory, 0, 1, stream))
        .isEqualTo(CUDA_ERROR_INVALID_HANDLE);
    assertThat(JCudaDriver.cuEventRecord(event(0), stream)).isEqualTo(CUDA_ERROR_INVALID_HANDLE);
  }

  @Test
  void cuStreamDestroy_withWork_doesIt() {
    CUstream stream = stream(NON_BLOCKING);
    ok(JCudaDriver.cuMemcpyDtoHAsync(host, memory, 4, stream));
    ok(JCudaDriver.cuStreamDestroy(stream));
    assertThat(onHost()).isEqualTo(1);
  }

  @Test
  void cuStreamQuery_polled_comesToAnEnd() {
    CUstream stream = stream(NON_BLOCKING);
    ok(JCudaDriver.cuStreamQuery(stream));
    ok(JCudaDriver.cuMemcpyDtoHAsync(host, memory, 4, stream));
    assertThat(JCudaDriver.cuStreamQuery(stream)).isEqualTo(CUDA_ERROR_NOT_READY);
    assertThat(JCudaDriver.cuStreamQuery(stream)).isEqualTo(CUDA_SUCCESS);
    assertThat(onHost()).isEqualTo(1);
  }

  @Test
  void cuStreamWaitEvent_ordersTwoStreams() {
    CUstream first = stream(NON_BLOCKING);
    CUstream second = stream(NON_BLOCKING);
    CUevent event = event(CUevent_flags.CU_EVENT_DISABLE_TIMING);
    ok(JCudaDriver.cuMemsetD32Async(memory, 2, 1, first));
    ok(JCudaDriver.cuEventRecord(event, first));
    ok(JCudaDriver.cuStreamWaitEvent(second, event, 0));
    ok(JCudaDriver.cuMemcpyDtoHAsync(host, memory, 4, second));
    ok(JCudaDriver.cuStreamSynchronize(second));
    assertThat(onHost()).isEqualTo(2);
  }

  @Test
  void twoStreams_withoutAnEvent_areNotOrdered() {
    CUstream first = stream(NON_BLOCKING);
    CUstream second = stream(NON_BLOCKING);
    ok(JCudaDriver.cuMemsetD32Async(memory, 2, 1, first));
    ok(JCudaDriver.cuMemcpyDtoHAsync(host, memory, 4, second));
    ok(JCudaDriver.cuStreamSynchronize(second));
    assertThat(onHost()).as("stale, and that is what the test is for").isEqualTo(1);
  }

  @Test
  void legacyStream_waitsForBlockingStreamsOnly() {
    ok(JCudaDriver.cuMemsetD32Async(memory, 2, 1, stream(BLOCKING)));
    assertThat(read(memory, 1)).containsExactly(2);
    ok(JCudaDriver.cuMemsetD32Async(memory, 3, 1, stream(NON_BLOCKING)));
    assertThat(read(memory, 1)).containsExactly(2);
    ok(JCudaDriver.cuCtxSynchronize());
    assertThat(read(memory, 1)).containsExactly(3);
  }

  @Test
  void blockingStream_waitsForTheLegacyStream() {
    ok(JCudaDriver.cuMemsetD32Async(memory, 4, 1, new CUstream()));
    CUstream stream = stream(BLOCKING);
    ok(JCudaDriver.cuMemcpyDtoHAsync(host, memory, 4, stream));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(onHost()).isEqualTo(4);
  }

  @Test
  void fullQueue_runs() {
    CUstream stream = stream(NON_BLOCKING);
    ok(JCudaDriver.cuMemcpyDtoHAsync(host, memory, 4, stream));
    for (int i = 0; i < 1100; i++) {
      ok(JCudaDriver.cuMemsetD32Async(memory, i, 1, stream));
    }
    assertThat(onHost()).isEqualTo(1);
  }

  @Test
  void cuLaunchHostFunc_runsInOrderAndMayNotCallTheDriver() {
    CUstream stream = stream(NON_BLOCKING);
    AtomicInteger status = new AtomicInteger(-1);
    AtomicInteger seen = new AtomicInteger();
    CUhostFn function =
        data -> {
          seen.set(onHost());
          status.set(JCudaDriver.cuCtxSynchronize());
        };
    ok(JCudaDriver.cuMemcpyDtoHAsync(host, memory, 4, stream));
    ok(JCudaDriver.cuLaunchHostFunc(stream, function, null));
    assertThat(status.get()).isEqualTo(-1);
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(seen.get()).isEqualTo(1);
    assertThat(status.get()).isEqualTo(CUDA_ERROR_NOT_PERMITTED);
  }

  @Test
  void cuEventQuery_polled_comesToAnEnd() {
    CUevent event = event(0);
    ok(JCudaDriver.cuEventQuery(event));
    ok(JCudaDriver.cuMemsetD32Async(memory, 2, 1, stream(NON_BLOCKING)));
    CUstream stream = stream(NON_BLOCKING);
    ok(JCudaDriver.cuEventRecord(event, stream));
    assertThat(JCudaDriver.cuEventQuery(event)).isEqualTo(CUDA_ERROR_NOT_READY);
    ok(JCudaDriver.cuEventQuery(event));
  }

  @Test
  void cuEventSynchronize_doesTheWorkBefore() {
    CUstream stream = stream(NON_BLOCKING);
    CUevent event = event(0);
    ok(JCudaDriver.cuMemcpyDtoHAsync(host, memory, 4, stream));
    ok(JCudaDriver.cuEventRecord(event, stream));
    ok(JCudaDriver.cuEventSynchronize(event));
    assertThat(onHost()).isEqualTo(1);
  }

  @Test
  void cuEventElapsedTime_overACopy_isSimulatedAndPositive() {
    CUstream stream = stream(NON_BLOCKING);
    CUevent start = event(0);
    CUevent end = event(0);
    float[] milliseconds = new float[1];
    assertThat(JCudaDriver.cuEventElapsedTime(milliseconds, start, end))
        .isEqualTo(CUDA_ERROR_INVALID_HANDLE);
    ok(JCudaDriver.cuEventRecord(start, stream));
    ok(JCudaDriver.cuMemcpyDtoHAsync(host, memory, 4, stream));
    ok(JCudaDriver.cuEventRecord(end, stream));
    assertThat(JCudaDriver.cuEventElapsedTime(milliseconds, start, end))
        .isEqualTo(CUDA_ERROR_NOT_READY);
    ok(JCudaDriver.cuEventSynchronize(end));
    ok(JCudaDriver.cuEventElapsedTime(milliseconds, start, end));
    assertThat(milliseconds[0]).isBetween(1e-3f, 1f);
  }

  @Test
  void cuEventElapsedTime_withoutTiming_isRefused() {
    CUstream stream = stream(NON_BLOCKING);
    CUevent untimed = event(CUevent_flags.CU_EVENT_DISABLE_TIMING);
    ok(JCudaDriver.cuEventRecord(untimed, stream));
    ok(JCudaDriver.cuEventSynchronize(untimed));
    assertThat(JCudaDriver.cuEventElapsedTime(new float[1], untimed, untimed))
        .isEqualTo(CUDA_ERROR_INVALID_HANDLE);
  }

  @Test
  void destroyedEvent_isRefused() {
    CUevent event = event(0);
    ok(JCudaDriver.cuEventDestroy(event));
    assertThat(JCudaDriver.cuEventDestroy(event)).isEqualTo(CUDA_ERROR_INVALID_HANDLE);
    assertThat(JCudaDriver.cuEventRecord(event, stream(0))).isEqualTo(CUDA_ERROR_INVALID_HANDLE);
    assertThat(JCudaDriver.cuEventCreate(new CUevent(), 64)).isEqualTo(CUDA_ERROR_INVALID_VALUE);
  }

  @Test
  void cuEventRecord_inAStreamOfAnotherContext_isRefused() {
    CUevent event = event(0);
    CUcontext other = context(0);
    assertThat(JCudaDriver.cuEventRecord(event, stream(0))).isEqualTo(CUDA_ERROR_INVALID_HANDLE);
    ok(JCudaDriver.cuCtxDestroy(other));
  }
}
