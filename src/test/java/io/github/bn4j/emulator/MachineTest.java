package io.github.bn4j.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Runs the native tests of the interpreter and its checkers; each failure is a line of theirs. */
final class MachineTest {
  private static final Path PROGRAM = EmulatorFiles.file("machine-test");

  @Test
  void nativeTests_allPass() throws IOException, InterruptedException {
    Assumptions.assumeTrue(
        Files.exists(PROGRAM) || EmulatorFiles.required(), PROGRAM + " is not built");
    Path output = Files.createTempFile("machine-test", ".txt");
    Process process =
        new ProcessBuilder(PROGRAM.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean ended = process.waitFor(5, TimeUnit.MINUTES);
    process.destroyForcibly();
    String text = Files.readString(output, StandardCharsets.UTF_8);
    assertThat(ended).as(text).isTrue();
    assertThat(process.exitValue()).as(text).isZero();
    Files.delete(output);
  }
}
