package io.github.bn4j.cli;

import io.github.bn4j.io.NamedTensors;
import io.github.bn4j.io.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Mixed into commands that make a checkpoint of another: {@code --input} and {@code --output}. */
@Command
final class CheckpointFiles {
  @Option(
      names = "--input",
      required = true,
      paramLabel = "FILE",
      description = "A .safetensors file.")
  private Path input = Path.of("");

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      description = "A .safetensors file, written or replaced as a whole.")
  private Path output = Path.of("");

  Path input() {
    return input;
  }

  Path output() {
    return output;
  }

  /** Checks before long work that both files are what they should be. */
  void check() throws IOException {
    TensorFiles.checkCheckpoints("--input", input, output);
  }

  NamedTensors read() throws IOException {
    return Safetensors.read(input);
  }
}
