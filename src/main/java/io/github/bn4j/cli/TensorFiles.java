package io.github.bn4j.cli;

import io.github.bn4j.io.NamedTensors;
import io.github.bn4j.io.Npy;
import io.github.bn4j.io.Safetensors;
import io.github.bn4j.io.StoredTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** Files of tensors as commands take them: .npy by its ending, else safetensors. */
final class TensorFiles {
  private TensorFiles() {}

  static boolean isNpy(Path file) {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(".npy");
  }

  /** Checks before long work that both files are what they should be. */
  static void check(Path input, Path output) throws IOException {
    checkInput(input);
    OutputFile.check("--output", output);
    if (Files.exists(output) && Files.isSameFile(input, output)) {
      throw Failure.badInput(
          "--output: expected another file than --input, got the same, %s; give it another name"
              .formatted(output));
    }
  }

  private static void checkInput(Path file) {
    if (!Files.exists(file)) {
      throw Failure.badInput(
          "--input: expected a file, got %s, which does not exist; check the path".formatted(file));
    }
    if (Files.isDirectory(file)) {
      throw Failure.badInput(
          "--input: expected a file, got the folder %s; name the file in it".formatted(file));
    }
    if (!Files.isReadable(file)) {
      throw Failure.badInput(
          "--input: expected a file that can be read, got %s; check its permissions"
              .formatted(file));
    }
  }

  /**
   * Reads a file.
   *
   * @param name the name of the only tensor of a .npy file
   */
  static NamedTensors read(Path file, String name) throws IOException {
    if (isNpy(file)) {
      return NamedTensors.builder().put(name, Npy.read(file)).build();
    }
    return Safetensors.read(file);
  }

  /** Writes a file; .npy takes only one tensor. */
  static void write(Path file, NamedTensors tensors) throws IOException {
    if (!isNpy(file)) {
      Safetensors.write(file, tensors);
      return;
    }
    Map<String, StoredTensor> all = tensors.tensors();
    checkNpy(file, all.keySet().size(), all.keySet());
    Npy.write(file, all.values().iterator().next());
  }

  private static void checkNpy(Path file, int count, Iterable<String> names) {
    if (count != 1) {
      throw Failure.badInput(
          "--output: expected a .safetensors file, since there are %d results (%s), got %s"
              .formatted(count, String.join(", ", names), file));
    }
  }
}
