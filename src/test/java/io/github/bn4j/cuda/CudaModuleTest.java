package io.github.bn4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.emulator.AlsoOnGpu;
import io.github.bn4j.emulator.EmulatedCuda;
import org.junit.jupiter.api.Test;

@EmulatedCuda(driverVersion = 12000)
final class CudaModuleTest {
  private final CudaContext context = CudaContext.primary(0);

  @AlsoOnGpu
  @Test
  void load_damagedPtx_throwsWithTheCompilersWords() {
    assertThatThrownBy(
            () ->
                CudaModule.load(
                    context, "add.ptx", AddKernel.PTX.replace("add.f32", "frobnicate.f32")))
        .isInstanceOf(DeviceException.class)
        .hasMessageStartingWith(
            "cuModuleLoadDataEx: expected CUDA_SUCCESS, got CUDA_ERROR_INVALID_PTX (218) while"
                + " loading add.ptx on ")
        .hasMessageContaining("; the compiler says: ")
        .hasMessageContaining("frobnicate");
  }

  @Test
  void load_ptxNewerThanTheDriver_saysToUpdateIt() {
    assertThatThrownBy(
            () ->
                CudaModule.load(
                    context, "add.ptx", AddKernel.PTX.replace(".version 7.0", ".version 8.4")))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("CUDA_ERROR_UNSUPPORTED_PTX_VERSION (222)")
        .hasMessageContaining("the driver is older than the PTX; update the NVIDIA driver");
  }

  @AlsoOnGpu
  @Test
  void function_unknownEntry_namesEntryAndFile() {
    try (CudaModule module = CudaModule.load(context, "add.ptx", AddKernel.PTX)) {
      assertThatThrownBy(() -> module.function("subtract_value"))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("CUDA_ERROR_NOT_FOUND (500)")
          .hasMessageContaining("while looking for the entry subtract_value in add.ptx");
    }
  }

  @AlsoOnGpu
  @Test
  void function_ofAClosedModule_isRefused() {
    CudaModule module = CudaModule.load(context, "add.ptx", AddKernel.PTX);
    module.close();
    module.close();

    assertThatThrownBy(() -> module.function("add_value"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("module: expected an open resource, got closed module add.ptx on device 0");
  }

  @AlsoOnGpu
  @Test
  void attributes_areAsked() {
    try (CudaModule module = CudaModule.load(context, "add.ptx", AddKernel.PTX)) {
      CudaFunction function = module.function("add_value");

      assertThat(function.maxThreadsPerBlock()).isEqualTo(1024);
      assertThat(function.localBytes()).isZero();
      assertThat(function.staticSharedBytes()).isZero();
      assertThat(function.residentBlocksPerMultiprocessor(256, 0)).isPositive();
    }
  }

  @AlsoOnGpu
  @Test
  void preferShared_isKept() {
    try (CudaModule module = CudaModule.load(context, "add.ptx", AddKernel.PTX)) {
      CudaFunction function = module.function("add_value");

      function.preferShared();

      assertThat(function.preferredSharedPercent()).isEqualTo(100);
    }
  }

  @AlsoOnGpu
  @Test
  void launch_tooLargeABlock_namesKernelAndShape() {
    try (CudaModule module = CudaModule.load(context, "add.ptx", AddKernel.PTX)) {
      CudaFunction function = module.function("add_value");
      context.enter();
      try {
        assertThatThrownBy(
                () ->
                    function.launch(
                        LaunchShape.of(1, 2048), new KernelArguments(24), context.ownStream()))
            .isInstanceOf(DeviceException.class)
            .hasMessageContaining("while launching add_value as LaunchShape[gridX=1");
      } finally {
        context.exit();
      }
    }
  }
}
