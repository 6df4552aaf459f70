package io.github.bn4j.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Where a command is told to write; the writing itself is {@code io.AtomicFile}'s. */
final class OutputFile {
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
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw Failure.badInput(
          "%s: expected a file to write or replace, got %s, a pipe or a device"
              .formatted(option, file));
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

  /** As {@link #check}, for a picture. */
  static void checkPng(String option, Path file) {
    if (!file.toString().toLowerCase(Locale.ROOT).endsWith(".png")) {
      throw Failure.badInput(option + ": expected a file ending in .png, got " + file);
    }
    check(option, file);
  }

  private static Path folderOf(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw Failure.badInput("output: expected a file, got the folder " + file);
    }
    return folder;
  }
}
