package io.github.bn4j.backend.cudnn;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.emulator.RequiresGpu;
import org.junit.jupiter.api.BeforeEach;

/** The laws, for cuDNN itself. */
@RequiresGpu
final class CudnnOnGpuTest extends CudnnContract {
  @BeforeEach
  void cudnnIsThere() {
    assertThat(CudnnBackend.spatial().available().reason()).isNull();
  }
}
