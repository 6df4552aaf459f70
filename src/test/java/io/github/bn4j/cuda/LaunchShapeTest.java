package io.github.bn4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class LaunchShapeTest {
  @Test
  void constructor_tooManyBlocksAlongY_isRefused() {
    assertThatThrownBy(() -> new LaunchShape(1, 65536, 256, 1, 0, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("gridY <= 65535")
        .hasMessageContaining("grid 1x65536");
  }

  @Test
  void of_isOneDimensionalAndNotCooperative() {
    assertThat(LaunchShape.of(3, 256)).isEqualTo(new LaunchShape(3, 1, 256, 1, 0, false));
  }
}
