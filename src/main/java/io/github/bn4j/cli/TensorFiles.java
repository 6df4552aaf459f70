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

  private static boolean isNpy(Path file) {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(".npy");
  }

  /** True for an ending that means tensors. */
  static boolean isTensorFile(Path file) {
    return isNpy(file) || file.toString().toLowerCase(Locale.ROOT).endsWith(".safetensors");
  }

  /**
   * Checks before long work that both files are what they should be.
   *
   * @param inputName what the command line calls the input, for the message
   */
  static void check(String inputName, Path input, Path output) throws IOException {
    checkInput(inputName, input);
    OutputFile.check("--output", output);
    if (Files.exists(output) && Files.isSameFile(input, output)) {
      throw Failure.badInput(
          "--output: expected another file than %s, got the same, %s; give it another name"
              .formatted(inputName, output));
    }
  }

  /** As {@link #check}, where the output is a checkpoint: many tensors, so never .npy. */
  static void checkCheckpoints(String inputName, Path input, Path output) throws IOException {
    check(inputName, input, output);
    if (isNpy(output)) {
      throw Failure.badInput(
          "--output: expected a .safetensors file, since .npy holds one tensor only, got "
              + output);
    }
  }

  /** Checks before long work that a file can be read. */
  static void checkInput(String name, Path file) {
    if (!Files.exists(file)) {
      throw Failure.badInput(
          "%s: expected a file, got %s, which does not exist; check the path"
              .formatted(name, file));
    }
    if (Files.isDirectory(file)) {
      throw Failure.badInput(
          "%s: expected a file, got the folder %s; name the file in it".formatted(name, file));
    }
    if (!Files.isReadable(file)) {
      throw Failure.badInput(
          "%s: expected a file that can be read, got %s; check its permissions"
              .formatted(name, file));
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
    if (all.size() != 1) {
      throw Failure.badInput(
          "--output: expected a .safetensors file, since there are %d results (%s), got %s"
              .formatted(all.size(), String.join(", ", all.keySet()), file));
    }
    Npy.write(file, all.values().iterator().next());
  }
}
