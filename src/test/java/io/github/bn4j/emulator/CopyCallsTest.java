package io.github.bn4j.emulator;

import static io.github.bn4j.emulator.DriverCalls.*;
import static jcuda.driver.CUresult.*;
import static org.assertj.core.api.Assertions.assertThat;

import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@EmulatedCuda(computeCapability = {80, 90})
final class CopyCallsTest extends InContext {
  private static final int NON_BLOCKING = 1;

  private CUstream stream = new CUstream();
  private CUdeviceptr memory = new CUdeviceptr();

  @BeforeEach
  void create() {
    stream = stream(NON_BLOCKING);
    memory = allocateInts(1, 2, 3);
  }

  @Test
  void cuMemcpyDtoH_givesWhatWasWritten() {
    assertThat(read(memory, 3)).containsExactly(1, 2, 3);
  }

  @Test
  void cuMemcpy_beyondTheEnd_isRefused() {
    assertThat(JCudaDriver.cuMemcpyHtoD(memory, Pointer.to(new int[4]), 16))
        .isEqualTo(CUDA_ERROR_INVALID_VALUE);
    assertThat(EmulatedDriver.lastMessage()).isNotEmpty();
    assertThat(JCudaDriver.cuMemcpyDtoH(Pointer.to(new int[4]), memory, 16))
        .isEqualTo(CUDA_ERROR_INVALID_VALUE);
    assertThat(JCudaDriver.cuMemcpyHtoD(new CUdeviceptr(), Pointer.to(new int[4]), 16))
        .isEqualTo(CUDA_ERROR_INVALID_VALUE);
  }

  @Test
  void cuMemcpyDtoD_withinAndAcross_copies() {
    CUdeviceptr twin = allocateInts(9, 9, 9);
    ok(JCudaDriver.cuMemcpyDtoD(twin, memory, 8));
    assertThat(read(twin, 3)).containsExactly(1, 2, 9);
    ok(JCudaDriver.cuMemcpy(twin, memory, 12));
    assertThat(read(twin, 3)).containsExactly(1, 2, 3);
  }

  @Test
  void cuMemcpyPeer_toAnotherDevice_copies() {
    CUcontext other = context(1);
    CUdeviceptr there = allocateInts(0, 0, 0);
    ok(JCudaDriver.cuMemcpyPeer(there, other, memory, context, 12));
    assertThat(read(there, 3)).containsExactly(1, 2, 3);
    assertThat(JCudaDriver.cuMemcpyPeer(there, new CUcontext(), memory, context, 12))
        .isEqualTo(CUDA_ERROR_INVALID_CONTEXT);
    ok(JCudaDriver.cuCtxDestroy(other));
  }

  @Test
  void cuMemcpyDtoHAsync_toPinned_happensWhenItIsWaitedFor() {
    Pointer host = pinned(0, 0, 0);
    ok(JCudaDriver.cuMemcpyDtoHAsync(host, memory, 12, stream));
    assertThat(ints(host, 3).getInt(0)).as("nobody waited yet").isZero();
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(ints(host, 3).getInt(0)).isEqualTo(1);
  }

  @Test
  void cuMemcpyHtoDAsync_fromPinned_readsItWhenItIsWaitedFor() {
    Pointer host = pinned(7, 7, 7);
    ok(JCudaDriver.cuMemcpyHtoDAsync(memory, host, 12, stream));
    ints(host, 3).putInt(0, 8);
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(read(memory, 3)).as("the source was changed too early").containsExactly(8, 7, 7);
  }

  @Test
  void cuMemcpyHtoDAsync_fromPageable_readsItAtOnce() {
    int[] host = {7, 7, 7};
    ok(JCudaDriver.cuMemcpyHtoDAsync(memory, Pointer.to(host), 12, stream));
    host[0] = 8;
    assertThat(read(memory, 3)).as("another stream did not wait").containsExactly(1, 2, 3);
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(read(memory, 3)).containsExactly(7, 7, 7);
  }

  @Test
  void cuMemcpyDtoHAsync_toPageable_isDoneOnReturn() {
    int[] host = new int[3];
    ok(JCudaDriver.cuMemcpyDtoHAsync(Pointer.to(host), memory, 12, stream));
    assertThat(host).containsExactly(1, 2, 3);
  }

  @Test
  void cuMemcpyDtoDAsync_isInTheOrderOfItsStream() {
    CUdeviceptr twin = allocateInts(0, 0, 0);
    ok(JCudaDriver.cuMemsetD32Async(memory, 5, 3, stream));
    ok(JCudaDriver.cuMemcpyDtoDAsync(twin, memory, 12, stream));
    ok(JCudaDriver.cuMemsetD32Async(memory, 6, 3, stream));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(read(twin, 3)).containsExactly(5, 5, 5);
    assertThat(read(memory, 3)).containsExactly(6, 6, 6);
  }

  @Test
  void cuMemset_ofEachWidth_repeatsTheValue() {
    ok(JCudaDriver.cuMemsetD8(memory, (byte) 0x12, 4));
    ok(JCudaDriver.cuMemsetD16(memory.withByteOffset(4), (short) 0x3456, 2));
    ok(JCudaDriver.cuMemsetD32(memory.withByteOffset(8), 0x789abcde, 1));
    assertThat(read(memory, 3)).containsExactly(0x12121212, 0x34563456, 0x789abcde);
  }

  @Test
  void cuMemset_misalignedOrBeyondTheEnd_isRefused() {
    assertThat(JCudaDriver.cuMemsetD32(memory.withByteOffset(2), 0, 1))
        .isEqualTo(CUDA_ERROR_INVALID_VALUE);
    assertThat(JCudaDriver.cuMemsetD32(memory, 0, 4)).isEqualTo(CUDA_ERROR_INVALID_VALUE);
    assertThat(JCudaDriver.cuMemsetD8Async(memory, (byte) 0, 13, stream))
        .isEqualTo(CUDA_ERROR_INVALID_VALUE);
  }

  @Test
  void copyOfNothing_isFine() {
    ok(JCudaDriver.cuMemcpyHtoD(memory, Pointer.to(new int[1]), 0));
    ok(JCudaDriver.cuMemcpyHtoDAsync(memory, Pointer.to(new int[1]), 0, stream));
  }
}
