package io.github.bn4j.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;

@EmulatedCuda
final class EmulatedDriverTest {
  @Test
  void copy_thereAndBack_givesTheSame() {
    assertThat(JCudaDriver.cuInit(0)).isEqualTo(CUresult.CUDA_SUCCESS);
    int[] count = new int[1];
    assertThat(JCudaDriver.cuDeviceGetCount(count)).isEqualTo(CUresult.CUDA_SUCCESS);
    assertThat(count[0]).isEqualTo(1);
    CUcontext context = new CUcontext();
    assertThat(JCudaDriver.cuCtxCreate(context, 0, new CUdevice())).isEqualTo(0);
    CUdeviceptr memory = new CUdeviceptr();
    assertThat(JCudaDriver.cuMemAlloc(memory, 12)).isEqualTo(0);
    assertThat(EmulatedDriver.allocations().get(0).site())
        .contains("cuMemAlloc #1 in ", "EmulatedDriverTest.java");
    int[] values = {1, 2, 3};
    assertThat(JCudaDriver.cuMemcpyHtoD(memory, Pointer.to(values), 12)).isEqualTo(0);
    int[] back = new int[3];
    assertThat(JCudaDriver.cuMemcpyDtoH(Pointer.to(back), memory, 12)).isEqualTo(0);
    assertThat(back).containsExactly(1, 2, 3);
    assertThat(JCudaDriver.cuMemFree(memory)).isEqualTo(0);
  }
}
