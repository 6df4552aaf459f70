package io.github.bn4j.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes safetensors files that no writer would make. */
final class RawFile {
  private RawFile() {}

  static byte[] bytes(String header, int dataBytes) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    return bytes(text.length, text, dataBytes);
  }

  static byte[] bytes(long statedLength, byte[] header, int dataBytes) {
    return ByteBuffer.allocate(Long.BYTES + header.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(statedLength)
        .put(header)
        .array();
  }

  static Path write(Path folder, byte[] bytes) throws IOException {
    return Files.write(folder.resolve("raw.safetensors"), bytes);
  }
}
