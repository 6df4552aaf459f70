package io.github.bn4j.train.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Reads files of bytes in the IDX format, plain or compressed by gzip: two zero bytes, the type (8
 * for unsigned bytes), the number of axes, their sizes as big-endian 32-bit numbers, the bytes.
 *
 * <p>Source: Y. LeCun, "The MNIST database", section "File formats".
 */
final class IdxFile {
  private static final int UNSIGNED_BYTE = 8;

  /** More than any file of this kind has; a wrong size is not to ask for all memory. */
  private static final long MOST_BYTES = 1L << 30;

  private final String name;
  private final int[] sizes;
  private final byte[] bytes;

  private IdxFile(String name, int[] sizes, byte[] bytes) {
    this.name = name;
    this.sizes = sizes;
    this.bytes = bytes;
  }

  /**
   * Reads a file.
   *
   * @param axes number of axes it must have
   * @throws IOException if it is missing, cut off, too long or not such a file
   */
  static IdxFile read(Path file, int axes) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return read(file.toString(), in, axes);
    }
  }

  /**
   * Reads a stream.
   *
   * @param name for messages; compressed if it ends in {@code .gz}
   */
  static IdxFile read(String name, InputStream in, int axes) throws IOException {
    try (InputStream plain =
        name.endsWith(".gz") ? new GZIPInputStream(in, 1 << 16) : new BufferedInputStream(in)) {
      byte[] head = plain.readNBytes(4);
      if (head.length < 4 || head[0] != 0 || head[1] != 0 || head[2] != UNSIGNED_BYTE) {
        throw malformed(name, "a header 0 0 8 %d".formatted(axes), Arrays.toString(head));
      }
      if (head[3] != axes) {
        throw malformed(name, axes + " axes", Integer.toString(head[3]));
      }
      int[] sizes = new int[axes];
      long product = 1;
      for (int i = 0; i < axes; i++) {
        byte[] size = plain.readNBytes(4);
        sizes[i] = size.length < 4 ? -1 : new BigInteger(size).intValue();
        product = sizes[i] < 0 ? -1 : Math.min(product * sizes[i], MOST_BYTES + 1);
        if (product < 0 || product > MOST_BYTES) {
          throw malformed(name, "sizes of at most 2^30 bytes", Arrays.toString(sizes));
        }
      }
      byte[] bytes = plain.readNBytes((int) product);
      if (bytes.length < product || plain.read() >= 0) {
        String got = bytes.length < product ? Integer.toString(bytes.length) : "more";
        throw malformed(name, product + " bytes after the header", got);
      }
      return new IdxFile(name, sizes, bytes);
    } catch (EOFException | ZipException e) {
      throw new IOException(
          "%s: expected a whole gzip file, got a damaged one (%s); get it again"
              .formatted(name, e.getMessage()),
          e);
    }
  }

  private static IOException malformed(String name, String expected, String got) {
    return new IOException(
        "%s: expected an IDX file with %s, got %s; it is cut off, damaged or another file"
            .formatted(name, expected, got));
  }

  String name() {
    return name;
  }

  int size(int axis) {
    return sizes[axis];
  }

  /** The elements, not a copy. */
  byte[] bytes() {
    return bytes;
  }
}
