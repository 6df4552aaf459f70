package io.github.bn4j.io;

import io.github.bn4j.op.HostTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Writes a file as a whole or not at all: under another name in the same folder, which is then
 * renamed. After a failure the old file is as it was and the other name is gone.
 */
public final class AtomicFile {
  /** Writes the contents. */
  interface Contents {
    void writeTo(FileChannel channel) throws IOException;
  }

  /** Bytes copied at a time; a multiple of every element. */
  private static final int CHUNK = 1 << 18;

  private AtomicFile() {}

  /**
   * Writes or replaces a file with a text, as UTF-8; a symbolic link stays, and the file it points
   * to is replaced.
   *
   * @throws IOException if the folder is missing or cannot be written, or the disk is full
   */
  public static void writeText(Path file, String text) throws IOException {
    writeBytes(file, text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Writes or replaces a file with these bytes; a symbolic link stays, and the file it points to is
   * replaced.
   *
   * @throws IOException if the folder is missing or cannot be written, or the disk is full
   */
  public static void writeBytes(Path file, byte[] bytes) throws IOException {
    write(file, channel -> writeFully(channel, ByteBuffer.wrap(bytes)));
  }

  /**
   * Writes or replaces a file; a symbolic link stays, and the file it points to is replaced.
   *
   * @throws IOException if the folder is missing or cannot be written, or the disk is full
   */
  static void write(Path file, Contents contents) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      String got = Files.isDirectory(file) ? "a folder" : "a pipe or a device";
      throw new IOException(file + ": expected a file to write or replace, got " + got);
    }
    Path target = (Files.exists(file) ? file.toRealPath() : file).toAbsolutePath();
    Path folder = target.getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new IOException(
          file + ": expected a folder " + folder + " to write to, found none; make it first");
    }
    Path temporary = folder.resolve(".bn4j-" + UUID.randomUUID() + ".tmp");
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
        contents.writeTo(channel);
        // Else a crash of the machine could leave the new name with the old disk's contents.
        channel.force(true);
      }
      move(temporary, target);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Writes all of a buffer. */
  static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /** Writes all of a tensor's bytes. */
  static void writeFully(FileChannel channel, HostTensor tensor) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK, tensor.bytes()));
    for (long at = 0; at < tensor.bytes(); at += CHUNK) {
      chunk.clear().limit((int) Math.min(CHUNK, tensor.bytes() - at));
      tensor.readBytes(at, chunk);
      writeFully(channel, chunk.flip());
    }
  }
}
