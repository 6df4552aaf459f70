package io.github.bn4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class DeviceModelTest {
  @Test
  void h200_hasTheLimitsOfCapability90AndItsDataSheet() {
    assertThat(DeviceModel.of("h200").limits())
        .isEqualTo(
            new CudaDevice.Limits(90, 132, 232448, 233472, 2048, 65536, 50 << 20, true, true));
    assertThat(DeviceModel.H200.describe()).isEqualTo("H200, sm_90, 132 SMs");
  }

  @Test
  void t4_givesABlockAllSharedMemory() {
    assertThat(DeviceModel.T4.limits())
        .isEqualTo(new CudaDevice.Limits(75, 40, 65536, 65536, 1024, 65536, 4 << 20, true, false));
  }

  @Test
  void unknownName_isRefusedWithTheKnownOnes() {
    assertThatThrownBy(() -> DeviceModel.of("Voodoo"))
        .hasMessage("device: expected one of T4, A100, L4, H100, H200, got \"Voodoo\"");
  }
}
