package io.github.bn4j.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The samples that PyTorch's safetensors library wrote are written again to the same bytes. */
final class GoldenFilesTest {
  private static final Path GOLDEN = Path.of("src/main/resources/io/github/bn4j/verify/golden");

  @TempDir private Path folder;

  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(GOLDEN)) {
      return files.filter(file -> file.toString().endsWith(".safetensors")).sorted().toList();
    }
  }

  @Test
  void everyFile_isRewrittenToTheSameBytes() throws IOException {
    Path again = folder.resolve("again");
    assertThat(files()).hasSizeGreaterThan(20);
    for (Path file : files()) {
      Safetensors.write(again, Safetensors.read(file));
      assertThat(again).as(file.toString()).hasSameBinaryContentAs(file);
    }
  }

  @Test
  void everyFile_isMappedToTheSameBytes() throws IOException {
    Path again = folder.resolve("again");
    for (Path file : files()) {
      Safetensors.write(again, Safetensors.read(file, 0, 1 << 10));
      assertThat(again).as(file.toString()).hasSameBinaryContentAs(file);
    }
  }
}
