package io.github.bn4j.io;

import io.github.bn4j.op.DataType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Reads and writes safetensors files: 8 bytes of header length, a header in JSON, the tensors'
 * bytes. Everything is little-endian.
 *
 * <p>Source: https://github.com/huggingface/safetensors, "Format".
 */
public final class Safetensors {
  /**
   * Longest header that is read: tens of thousands of tensors. The format allows 100 MB, whose
   * parsed form would fill a small heap.
   */
  static final long MAX_HEADER_BYTES = 16L << 20;

  /** Bytes per mapping: half of what one buffer can hold. */
  private static final long WINDOW = 1L << 30;

  private static final int LENGTH_BYTES = 8;

  private Safetensors() {}

  /**
   * Reads a file. Tensors of a large file are mapped, not copied, and can be larger than 2 GiB;
   * such a file must not be changed or cut off while they are in use.
   *
   * @throws MalformedFileException if it is not a well-formed safetensors file
   * @throws java.nio.file.NoSuchFileException if there is none
   * @throws IOException if it cannot be read
   */
  public static NamedTensors read(Path file) throws IOException {
    return read(file, FileSegments.COPIED_BYTES, WINDOW);
  }

  /** Reads with other limits than a disk and a heap of today ask for. */
  static NamedTensors read(Path file, long copiedBytes, long window) throws IOException {
    FileSegments.checkRegular(file);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      FileSegments segments = new FileSegments(file, channel, copiedBytes, window);
      long headerBytes = headerBytes(file, segments);
      long dataAt = LENGTH_BYTES + headerBytes;
      SafetensorsHeader header =
          SafetensorsHeader.parse(
              file, headerText(file, segments, (int) headerBytes), segments.fileBytes() - dataAt);
      NamedTensors.Builder tensors = NamedTensors.builder();
      header.metadata().forEach(tensors::metadata);
      for (SafetensorsHeader.Entry entry : header.entries()) {
        tensors.put(entry.name(), tensor(segments, entry, dataAt + entry.begin()));
      }
      return tensors.build();
    }
  }

  private static StoredTensor tensor(FileSegments segments, SafetensorsHeader.Entry entry, long at)
      throws IOException {
    long[] shape = entry.shape().stream().mapToLong(Long::longValue).toArray();
    DataType type = entry.type().dataType();
    return type != null
        ? StoredTensor.of(segments.tensor(type, at, entry.elements()), shape)
        : StoredTensor.ofBytes(
            entry.type(), segments.tensor(DataType.U8, at, entry.end() - entry.begin()), shape);
  }

  private static long headerBytes(Path file, FileSegments segments) throws IOException {
    if (segments.fileBytes() < LENGTH_BYTES) {
      throw new MalformedFileException(
          file,
          "expected a safetensors file, which has at least 8 bytes, got " + segments.fileBytes());
    }
    ByteBuffer length = ByteBuffer.allocate(LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    segments.fill(length, 0);
    long bytes = length.getLong(0);
    long rest = segments.fileBytes() - LENGTH_BYTES;
    if (bytes < 0 || bytes > rest || bytes > MAX_HEADER_BYTES) {
      throw new MalformedFileException(
          file,
          "expected a header of at most %d bytes, got a length of %s; it is cut off or not a safetensors file"
              .formatted(Math.min(rest, MAX_HEADER_BYTES), Long.toUnsignedString(bytes)));
    }
    return bytes;
  }

  private static String headerText(Path file, FileSegments segments, int headerBytes)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(headerBytes);
    segments.fill(bytes, LENGTH_BYTES);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedFileException(file, "header: expected UTF-8, got other bytes");
    }
  }

  /**
   * Writes or replaces a file, as a whole or not at all. The same tensors and metadata give the
   * same bytes, whatever their order in the map: larger types first, then by name, as the format's
   * own library does.
   *
   * @throws IllegalArgumentException for a name that the format cannot hold
   * @throws IOException if it cannot be written; the file is then as it was
   */
  public static void write(Path file, NamedTensors tensors) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter(tensors);
    AtomicFile.write(file, writer::writeTo);
  }
}
