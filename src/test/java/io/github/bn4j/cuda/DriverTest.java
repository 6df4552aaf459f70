package io.github.bn4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jcuda.driver.CUresult;
import org.junit.jupiter.api.Test;

final class DriverTest {
  @Test
  void check_success_doesNothing() {
    assertThatCode(() -> Driver.check("cuInit", CUresult.CUDA_SUCCESS)).doesNotThrowAnyException();
  }

  @Test
  void check_failure_namesCallStatusAndRemedy() {
    assertThatThrownBy(
            () ->
                Driver.check(
                    "cuModuleLoadDataEx",
                    CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION,
                    "while loading bn.ptx"))
        .isInstanceOf(DeviceException.class)
        .hasMessage(
            "cuModuleLoadDataEx: expected CUDA_SUCCESS, got CUDA_ERROR_UNSUPPORTED_PTX_VERSION"
                + " (222) while loading bn.ptx; the driver is older than the PTX; update the NVIDIA"
                + " driver")
        .extracting(e -> ((DeviceException) e).code())
        .isEqualTo(222);
  }

  @Test
  void size_isReadable() {
    assertThat(Driver.size(0)).isEqualTo("0 B");
    assertThat(Driver.size(1023)).isEqualTo("1023 B");
    assertThat(Driver.size(1536)).isEqualTo("1.5 KiB");
    assertThat(Driver.size(3L << 30)).isEqualTo("3.0 GiB");
    assertThat(Driver.size(Long.MAX_VALUE)).isEqualTo("8.0 EiB");
  }
}
