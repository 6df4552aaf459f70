package io.github.bn4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.emulator.EmulatedCuda;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A device without cuDNN; the library is looked for once per process, hence a class of its own. */
@EmulatedCuda
final class TrainWithoutCudnnTest {
  @Test
  void train_onADeviceWithoutCudnn_isNotAvailable(@TempDir Path empty) {
    Bn4j train = Bn4j.run("train", "mlp", "--backend=ptx", "--cudnn-dir=" + empty);

    assertThat(train.code()).as(train.out() + train.err()).isEqualTo(ExitCodes.NOT_AVAILABLE);
    assertThat(train.err())
        .contains("--backend: ptx: gpu engine (convolutions by cuDNN")
        .contains("libcudnn.so.9 not found; looked in [" + empty + "]");
  }
}
