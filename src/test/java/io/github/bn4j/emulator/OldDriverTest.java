package io.github.bn4j.emulator;

import static io.github.bn4j.emulator.DriverCalls.*;
import static jcuda.driver.CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION;
import static org.assertj.core.api.Assertions.assertThat;

import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;

/** A driver of CUDA 11.8, whose newest PTX is 7.8. */
@EmulatedCuda(computeCapability = 75, driverVersion = 11080)
final class OldDriverTest extends InContext {
  @Test
  void cuModuleLoadData_newerPtx_isRefusedAsSuch() {
    assertThat(JCudaDriver.cuModuleLoadData(new CUmodule(), terminated(LaunchCallsTest.PTX)))
        .isEqualTo(CUDA_ERROR_UNSUPPORTED_PTX_VERSION);
  }

  @Test
  void cuModuleLoadData_itsOwnPtx_isLoaded() {
    String older = LaunchCallsTest.PTX.replace(".version 8.0", ".version 7.8");
    ok(JCudaDriver.cuModuleUnload(module(older)));
  }
}
