package io.github.bn4j.backend.cudnn;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.emulator.RequiresGpu;
import org.junit.jupiter.api.BeforeEach;

/** The laws, for cuDNN's persistent mode itself. */
@RequiresGpu
final class CudnnPersistentOnGpuTest extends CudnnPersistentContract {
  @BeforeEach
  void cudnnIsThere() {
    assertThat(CudnnBackend.persistent().available().reason()).isNull();
  }
}
