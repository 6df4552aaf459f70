package io.github.bn4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Files stay short enough to be read in one sitting; exceptions are listed with their reason. */
final class FileSizeTest {
  private static final int MAX_LINES = 300;

  /** Emulator sources: the semantics of an instruction set make longer lists. */
  private static final int MAX_NATIVE_LINES = 400;

  /** Path from the project's root to the reason why it may be longer. */
  private static final Map<String, String> EXCEPTIONS = Map.of();

  @Test
  void everySource_isShortEnough() throws IOException {
    assertThat(tooLong("src", MAX_LINES, ".java")).isEmpty();
    assertThat(tooLong("kernels", MAX_LINES, ".cu", ".cuh")).isEmpty();
    assertThat(tooLong("src/test/native", MAX_NATIVE_LINES, ".cpp", ".h", ".hpp")).isEmpty();
  }

  private static List<String> tooLong(String folder, int most, String... endings)
      throws IOException {
    if (!Files.isDirectory(Path.of(folder))) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(Path.of(folder))) {
      return files
          .filter(p -> Stream.of(endings).anyMatch(p.toString()::endsWith))
          .filter(p -> !EXCEPTIONS.containsKey(p.toString().replace('\\', '/')))
          .filter(p -> lines(p) > most)
          .map(p -> lines(p) + " lines: " + p)
          .toList();
    }
  }

  private static int lines(Path file) {
    try {
      return Files.readAllLines(file).size();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
