package io.github.bn4j.io;

import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Gets tensors out of an open file: copied into arrays from a small one, mapped read-only from a
 * large one.
 */
final class FileSegments {
  /**
   * Largest file that is copied. Up to here a copy takes a few milliseconds, and the file can be
   * replaced while its tensors are in use, which Windows refuses for a mapped one.
   */
  static final long COPIED_BYTES = 16L << 20;

  /** Bytes copied at a time; a multiple of every element. */
  private static final int CHUNK = 1 << 18;

  private final Path file;
  private final FileChannel channel;
  private final long fileBytes;
  private final long copiedBytes;
  private final long window;
  private final Map<Long, MappedByteBuffer> windows = new HashMap<>();

  /**
   * Reads from a channel.
   *
   * @param copiedBytes largest file that is copied, else it is mapped
   * @param window bytes per mapping: a multiple of 8, at most 1 GiB since a mapping covers two
   */
  FileSegments(Path file, FileChannel channel, long copiedBytes, long window) throws IOException {
    this.file = file;
    this.channel = channel;
    this.fileBytes = channel.size();
    this.copiedBytes = copiedBytes;
    this.window = window;
  }

  /** Refuses what opening would wait for or misread: folders, pipes, devices. */
  static void checkRegular(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    if (!Files.isRegularFile(file)) {
      String got = Files.isDirectory(file) ? "a folder" : "a pipe or a device";
      throw new MalformedFileException(file, "expected a file, got " + got);
    }
  }

  /** Size of the file. */
  long fileBytes() {
    return fileBytes;
  }

  /** Fills a buffer from a place in the file. */
  void fill(ByteBuffer buffer, long at) throws IOException {
    while (buffer.hasRemaining()) {
      int count = channel.read(buffer, at);
      if (count < 0) {
        throw new MalformedFileException(
            file, "expected " + fileBytes + " bytes, got fewer; it was changed while being read");
      }
      at += count;
    }
  }

  /** The elements that begin at a place in the file. */
  HostTensor tensor(DataType type, long at, long elements) throws IOException {
    if (elements == 0 || fileBytes <= copiedBytes) {
      return copied(type, at, elements);
    }
    long bytes = elements * type.bytes();
    if (bytes <= window) {
      ByteBuffer mapped = window(at / window);
      return HostTensor.ofBuffers(type, mapped.slice((int) (at % window), (int) bytes));
    }
    ByteBuffer[] segments = new ByteBuffer[Math.toIntExact((bytes + window - 1) / window)];
    for (int i = 0; i < segments.length; i++) {
      long from = i * window;
      segments[i] = channel.map(MapMode.READ_ONLY, at + from, Math.min(window, bytes - from));
    }
    return HostTensor.ofBuffers(type, segments);
  }

  /** Two windows at once, so that what begins in the first and is no longer lies within. */
  private ByteBuffer window(long index) throws IOException {
    MappedByteBuffer mapped = windows.get(index);
    if (mapped == null) {
      long from = index * window;
      // One buffer holds less than 2 GiB; the last byte of two windows is never needed.
      long size = Math.min(2 * window - 1, fileBytes - from);
      mapped = channel.map(MapMode.READ_ONLY, from, size);
      windows.put(index, mapped);
    }
    return mapped;
  }

  private HostTensor copied(DataType type, long at, long elements) throws IOException {
    HostTensor tensor = HostTensor.allocate(type, elements);
    long bytes = tensor.bytes();
    ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK, bytes));
    for (long from = 0; from < bytes; from += CHUNK) {
      chunk.clear().limit((int) Math.min(CHUNK, bytes - from));
      fill(chunk, at + from);
      chunk.flip();
      tensor.writeBytes(from, chunk);
    }
    return tensor;
  }
}
