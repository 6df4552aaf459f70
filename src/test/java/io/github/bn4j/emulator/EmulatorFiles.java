package io.github.bn4j.emulator;

import java.nio.file.Path;

/** Where Maven and {@code make} put the native parts; looking here loads nothing. */
final class EmulatorFiles {
  private static final Path DIRECTORY =
      Path.of(System.getProperty("bn4j.emulator.dir", "target/native/plain")).toAbsolutePath();

  private EmulatorFiles() {}

  static Path file(String name) {
    return DIRECTORY.resolve(name);
  }
}
