package io.github.bn4j.train.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.cudnn.CudnnBackend;
import io.github.bn4j.emulator.EmulatedCuda;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A device without cuDNN; the library is looked for once per JVM, hence a class of its own. */
@EmulatedCuda
final class CudaEngineProviderTest {
  @Test
  void missingLibrary_isRefusedWithWhereItWasLookedFor(@TempDir Path empty) {
    System.setProperty(CudnnBackend.DIRECTORY_PROPERTY, empty.toString());
    CudaEngineProvider provider = new CudaEngineProvider();
    assertThat(provider.available().isYes()).isFalse();
    assertThat(provider.available().reason())
        .startsWith("gpu engine (convolutions by cuDNN")
        .contains("libcudnn.so.9 not found")
        .contains(empty.toString())
        .contains("--cudnn-dir");
    assertThatThrownBy(() -> provider.open(PlanOptions.DEFAULT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(provider.available().reason());
  }
}
