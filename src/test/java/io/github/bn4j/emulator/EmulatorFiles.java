package io.github.bn4j.emulator;

import java.nio.file.Path;

/** Where Maven and {@code make} put the native parts; looking here loads nothing. */
final class EmulatorFiles {
  private static final Path DIRECTORY =
      Path.of(System.getProperty("bn4j.emulator.dir", "target/native/plain")).toAbsolutePath();

  private EmulatorFiles() {}

  /** Whether they must be there: in CI on Linux, the one system that they are made for. */
  static boolean required() {
    return "true".equals(System.getenv("CI")) && System.getProperty("os.name").startsWith("Linux");
  }

  static Path file(String name) {
    return DIRECTORY.resolve(name);
  }
}
