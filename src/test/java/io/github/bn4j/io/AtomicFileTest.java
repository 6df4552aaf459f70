package io.github.bn4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AtomicFileTest {
  @TempDir private Path folder;

  private static AtomicFile.Contents text(String text) {
    return channel ->
        AtomicFile.writeFully(channel, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void write_makesAndReplaces() throws IOException {
    Path file = folder.resolve("f");
    AtomicFile.write(file, text("old"));
    AtomicFile.write(file, text("new"));
    assertThat(file).hasContent("new");
    assertThat(names()).containsExactly("f");
  }

  @Test
  void failure_leavesTheOldFileAndNoOther() throws IOException {
    Path file = Files.writeString(folder.resolve("f"), "old");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    channel -> {
                      text("half").writeTo(channel);
                      throw new IOException("disk full");
                    }))
        .hasMessage("disk full");
    assertThat(file).hasContent("old");
    assertThat(names()).containsExactly("f");
  }

  @Test
  void uncheckedFailure_leavesNothing() throws IOException {
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    folder.resolve("f"),
                    channel -> {
                      throw new IllegalStateException("closed");
                    }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(names()).isEmpty();
  }

  @Test
  void link_staysAndItsFileIsReplaced() throws IOException {
    Path real = Files.writeString(folder.resolve("real"), "old");
    Path link = folder.resolve("link");
    try {
      Files.createSymbolicLink(link, real);
    } catch (FileSystemException | UnsupportedOperationException e) {
      assumeTrue(false, "this system does not let the test make links: " + e);
    }
    AtomicFile.write(link, text("new"));
    assertThat(Files.isSymbolicLink(link)).isTrue();
    assertThat(real).hasContent("new");
  }

  @Test
  void folder_isRefused() {
    assertThatThrownBy(() -> AtomicFile.write(folder, text("x")))
        .isInstanceOf(IOException.class)
        .hasMessage(folder + ": expected a file to write or replace, got a folder");
  }

  @Test
  void missingFolder_isNamed() {
    Path file = folder.resolve("none").resolve("f");
    assertThatThrownBy(() -> AtomicFile.write(file, text("x")))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "%s: expected a folder %s to write to, found none; make it first"
                .formatted(file, file.getParent()));
  }
}
