package io.github.bn4j.emulator;

import static io.github.bn4j.emulator.DriverCalls.*;
import static jcuda.driver.CUresult.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;

@EmulatedCuda
final class FailureInjectionTest extends InContext {
  @Test
  void failNext_second_failsThatCallAndNoOther() {
    EmulatedDriver.failNext("cuMemAlloc", 2, CUDA_ERROR_OUT_OF_MEMORY);
    CUdeviceptr memory = allocate(4L);
    assertThat(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4)).isEqualTo(CUDA_ERROR_OUT_OF_MEMORY);
    ok(JCudaDriver.cuMemFree(allocate(4L)));
    ok(JCudaDriver.cuMemFree(memory));
  }

  @Test
  void failNext_byPrefix_meansTheWholeFamily() {
    CUdeviceptr memory = allocateInts(1);
    EmulatedDriver.failNext("cuMemcpy", 1, 2, CUDA_ERROR_INVALID_IMAGE);
    assertThat(JCudaDriver.cuMemcpyDtoH(Pointer.to(new int[1]), memory, 4))
        .isEqualTo(CUDA_ERROR_INVALID_IMAGE);
    assertThat(JCudaDriver.cuMemcpyHtoD(memory, Pointer.to(new int[1]), 4))
        .isEqualTo(CUDA_ERROR_INVALID_IMAGE);
    assertThat(read(memory, 1)).containsExactly(1);
  }

  @Test
  void failNext_withASticky_spoilsTheContext() {
    EmulatedDriver.failNext("cuStreamSynchronize", 1, CUDA_ERROR_ILLEGAL_ADDRESS);
    assertThat(JCudaDriver.cuStreamSynchronize(null)).isEqualTo(CUDA_ERROR_ILLEGAL_ADDRESS);
    assertThat(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4)).isEqualTo(CUDA_ERROR_ILLEGAL_ADDRESS);
    assertThat(JCudaDriver.cuCtxSynchronize()).isEqualTo(CUDA_ERROR_ILLEGAL_ADDRESS);
    ok(JCudaDriver.cuCtxDestroy(context));
    context = context(0);
    ok(JCudaDriver.cuCtxSynchronize());
  }

  @Test
  void failuresLeft_countsWhatDidNotHappen() {
    EmulatedDriver.failNext("cuMemAlloc", 1, CUDA_ERROR_OUT_OF_MEMORY);
    assertThat(EmulatedDriver.failuresLeft()).isEqualTo(1);
    assertThat(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4)).isEqualTo(CUDA_ERROR_OUT_OF_MEMORY);
    assertThat(EmulatedDriver.failuresLeft()).isZero();
  }

  @Test
  void forgottenMemory_isReportedWithItsLine() {
    CUdeviceptr memory = new CUdeviceptr();
    ok(JCudaDriver.cuMemAlloc(memory, 400));
    assertThat(EmulatedCudaExtension.problems(Set.of()))
        .contains("never freed: 400 bytes at 0x", "FailureInjectionTest.java:");
    ok(JCudaDriver.cuMemFree(memory));
    assertThat(EmulatedCudaExtension.problems(Set.of())).isEmpty();
  }

  @Test
  void orderedFailureThatNeverHappens_isReported() {
    EmulatedDriver.failNext("cuMemFree", 1, CUDA_ERROR_INVALID_VALUE);
    assertThat(EmulatedCudaExtension.problems(Set.of()))
        .contains("1 ordered failures never happened");
    assertThat(JCudaDriver.cuMemFree(new CUdeviceptr())).isEqualTo(CUDA_ERROR_INVALID_VALUE);
  }
}
