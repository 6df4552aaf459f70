package io.github.bn4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.backend.ptx.TunedTiers;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class TuneCommandTest {
  @Test
  void passWithoutTiers_isBadInput() {
    Bn4j tune = Bn4j.run("tune", "--op=forward-inference,launch", "--shapes=4x3");

    assertThat(tune.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(tune.err()).contains("--op: expected forward-training or backward");
  }

  @Test
  void help_teachesHowToTurnItOff() {
    assertThat(Bn4j.run("tune", "--help").out())
        .contains("BN4J_TUNED=off", "bn4j tune --suite resnet50", "--output=FILE");
  }

  @Test
  void defaultFile_isInTheFolderForConfiguration() {
    assertThat(TunedTiers.defaultFile()).endsWithRaw(Path.of("bn4j", "tuned.txt"));
  }
}
