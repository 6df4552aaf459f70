package io.github.bn4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.emulator.EmulatedCuda;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@EmulatedCuda
final class TuneEmulatedTest {
  @TempDir private Path folder;

  @Test
  void outputThatIsSomethingElse_isLeftAlone() throws IOException {
    Path file = Files.writeString(folder.resolve("notes.txt"), "do not touch");

    Bn4j tune = Bn4j.run("tune", "--shapes=2x3x4x4", "--output=" + file);

    assertThat(tune.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(tune.err()).contains("expected a file of bn4j tune to add to, got another: line 1");
    assertThat(file).hasContent("do not touch");
  }
}
