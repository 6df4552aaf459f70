package io.github.bn4j.cli;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Writes a file under a temporary name and then renames it: others see the old file or the whole
 * new one, and a failure leaves the old one.
 */
final class OutputFile {
  /** Writes the content to the path that it is given. */
  @FunctionalInterface
  interface Content {
    void writeTo(Path file) throws IOException;
  }

  private OutputFile() {}

  /**
   * Checks before long work that a file can be written.
   *
   * @param option name of the option, for the message
   */
  static void check(String option, Path file) {
    if (Files.isDirectory(file)) {
      throw Failure.badInput(option + ": expected a file to write, got the folder " + file);
    }
    Path folder = folderOf(file);
    if (!Files.isDirectory(folder)) {
      throw Failure.badInput(
          "%s: expected a file in a folder that exists, got %s; make %s first"
              .formatted(option, file, folder));
    }
    if (!Files.isWritable(folder)) {
      throw Failure.badInput(
          "%s: expected a folder that can be written to, got %s; check its permissions"
              .formatted(option, folder));
    }
  }

  static void write(Path file, Content content) throws IOException {
    Path folder = folderOf(file);
    Path whole = Files.isSymbolicLink(file) ? file.toRealPath() : file;
    Path part;
    try {
      part = Files.createTempFile(folder, "." + file.getFileName(), ".part");
    } catch (NoSuchFileException e) {
      throw Failure.badInput("output: expected the folder " + folder + " to exist; make it", e);
    }
    try {
      content.writeTo(part);
      move(part, whole);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static Path folderOf(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw Failure.badInput("output: expected a file, got the folder " + file);
    }
    return folder;
  }
}
