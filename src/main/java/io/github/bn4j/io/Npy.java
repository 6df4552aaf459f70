package io.github.bn4j.io;

import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Reads and writes npy files: one tensor each, in NumPy's format, versions 1 to 3.
 *
 * <p>Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
public final class Npy {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

  /** Longest header that is read: what version 1 can hold, and more than 64 sizes need. */
  private static final int MAX_HEADER_BYTES = 65535;

  /** The data begin at a multiple of this, as NumPy writes it. */
  private static final int ALIGNMENT = 64;

  /** NumPy leaves room for the first size to grow to so many digits. */
  private static final int FIRST_SIZE_DIGITS = 21;

  /** Magic and version. */
  private static final int PREFIX_BYTES = 8;

  /** Bytes per mapping: half of what one buffer can hold. */
  private static final long WINDOW = 1L << 30;

  /** Bytes swapped at a time; a multiple of every element. */
  private static final int CHUNK = 1 << 18;

  private Npy() {}

  /**
   * Reads a file of either byte order. A large one is mapped, not copied, and must not be changed
   * while its tensor is in use.
   *
   * @throws MalformedFileException if it is not a well-formed npy file, has elements of a type that
   *     {@link ElementType} lacks, or lies in Fortran order
   * @throws java.nio.file.NoSuchFileException if there is none
   * @throws IOException if it cannot be read
   */
  public static StoredTensor read(Path file) throws IOException {
    FileSegments.checkRegular(file);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      FileSegments segments = new FileSegments(file, channel, FileSegments.COPIED_BYTES, WINDOW);
      Text text = text(file, segments);
      NpyHeader header = NpyHeader.parse(file, text.header);
      long bytes = header.bytes(file);
      if (bytes != segments.fileBytes() - text.dataAt) {
        throw new MalformedFileException(
            file,
            "expected %d bytes of data (%s %s), got %d; the file is cut off or holds more than one tensor"
                .formatted(
                    bytes, header.type(), header.shape(), segments.fileBytes() - text.dataAt));
      }
      return tensor(header, segments, text.dataAt, bytes);
    }
  }

  /** The header's text and where the data begin. */
  private record Text(String header, long dataAt) {}

  private static Text text(Path file, FileSegments segments) throws IOException {
    ByteBuffer prefix = ByteBuffer.allocate(PREFIX_BYTES + 4).order(ByteOrder.LITTLE_ENDIAN);
    prefix.limit((int) Math.min(prefix.limit(), segments.fileBytes()));
    segments.fill(prefix, 0);
    prefix.flip();
    if (prefix.remaining() < PREFIX_BYTES + 2
        || !Arrays.equals(prefix.array(), 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw new MalformedFileException(
          file, "expected an npy file, which begins with \\x93NUMPY, got other bytes");
    }
    int version = prefix.get(MAGIC.length);
    if (version < 1 || version > 3) {
      throw new MalformedFileException(file, "expected npy version 1, 2 or 3, got " + version);
    }
    int lengthBytes = version == 1 ? 2 : 4;
    if (prefix.remaining() < PREFIX_BYTES + lengthBytes) {
      throw new MalformedFileException(file, "expected a header, got the file's end");
    }
    long length =
        version == 1
            ? Short.toUnsignedLong(prefix.getShort(PREFIX_BYTES))
            : Integer.toUnsignedLong(prefix.getInt(PREFIX_BYTES));
    long most = Math.min(MAX_HEADER_BYTES, segments.fileBytes() - PREFIX_BYTES - lengthBytes);
    if (length > most) {
      throw new MalformedFileException(
          file,
          "expected a header of at most %d bytes, got a length of %d".formatted(most, length));
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) length);
    segments.fill(bytes, PREFIX_BYTES + lengthBytes);
    Charset charset = version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
    try {
      String header = charset.newDecoder().decode(bytes.flip()).toString();
      return new Text(header, PREFIX_BYTES + lengthBytes + length);
    } catch (CharacterCodingException e) {
      throw new MalformedFileException(file, "header: expected UTF-8, got other bytes");
    }
  }

  private static StoredTensor tensor(NpyHeader header, FileSegments segments, long at, long bytes)
      throws IOException {
    ElementType type = header.type();
    DataType kept = type.dataType() == null ? DataType.U8 : type.dataType();
    HostTensor data = segments.tensor(kept, at, bytes / kept.bytes());
    if (header.order() == ByteOrder.BIG_ENDIAN) {
      // The parts of a complex number are swapped one by one.
      data = swapped(data, type == ElementType.C64 ? 4 : type.bytes());
    }
    long[] shape = header.shape().stream().mapToLong(Long::longValue).toArray();
    return type.dataType() == null
        ? StoredTensor.ofBytes(type, data, shape)
        : StoredTensor.of(data, shape);
  }

  private static HostTensor swapped(HostTensor from, int size) {
    HostTensor to = HostTensor.allocate(from.dataType(), from.elements());
    byte[] bytes = new byte[CHUNK];
    for (long at = 0; at < from.bytes(); at += CHUNK) {
      int count = (int) Math.min(CHUNK, from.bytes() - at);
      from.readBytes(at, ByteBuffer.wrap(bytes, 0, count));
      for (int element = 0; element < count; element += size) {
        for (int i = 0; i < size / 2; i++) {
          byte low = bytes[element + i];
          bytes[element + i] = bytes[element + size - 1 - i];
          bytes[element + size - 1 - i] = low;
        }
      }
      to.writeBytes(at, ByteBuffer.wrap(bytes, 0, count));
    }
    return to;
  }

  /**
   * Writes or replaces a file, as a whole or not at all; version 1, little-endian, C order, the
   * bytes that NumPy itself writes.
   *
   * @throws IllegalArgumentException for a type that NumPy lacks, such as bf16
   * @throws IOException if it cannot be written; the file is then as it was
   */
  public static void write(Path file, StoredTensor tensor) throws IOException {
    ByteBuffer header = header(tensor);
    AtomicFile.write(
        file,
        channel -> {
          AtomicFile.writeFully(channel, header);
          AtomicFile.writeFully(channel, tensor.data());
        });
  }

  private static ByteBuffer header(StoredTensor tensor) {
    String descr = NpyHeader.descr(tensor.type());
    if (descr == null) {
      throw new IllegalArgumentException(
          "npy: expected a type that NumPy has, got "
              + tensor.type()
              + "; write a safetensors file instead");
    }
    long[] shape = tensor.shape();
    String sizes = Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(", "));
    String text =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s%s), }"
            .formatted(descr, sizes, shape.length == 1 ? "," : "");
    int room = shape.length == 0 ? 0 : FIRST_SIZE_DIGITS - Long.toString(shape[0]).length();
    int unpadded = PREFIX_BYTES + 2 + text.length() + room + 1;
    // NumPy adds a whole 64 where nothing is missing.
    int total = unpadded + ALIGNMENT - unpadded % ALIGNMENT;
    ByteBuffer header = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
    header.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) (total - PREFIX_BYTES - 2));
    header.put(text.getBytes(StandardCharsets.ISO_8859_1));
    while (header.remaining() > 1) {
      header.put((byte) ' ');
    }
    return header.put((byte) '\n').flip();
  }
}
