package io.github.bn4j.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** The bytes of one safetensors file. */
final class SafetensorsWriter {
  /** The header is filled up with spaces to this, so that all data are aligned. */
  private static final int ALIGNMENT = 8;

  private final List<Map.Entry<String, StoredTensor>> ordered;
  private final ByteBuffer header;

  SafetensorsWriter(NamedTensors tensors) {
    if (tensors.get(SafetensorsHeader.METADATA) != null) {
      throw new IllegalArgumentException(
          "tensors: expected other names than "
              + SafetensorsHeader.METADATA
              + ", which the format keeps for texts");
    }
    Comparator<Map.Entry<String, StoredTensor>> byType =
        Comparator.comparing(entry -> entry.getValue().type());
    this.ordered =
        tensors.tensors().entrySet().stream()
            .sorted(byType.reversed().thenComparing(Map.Entry.comparingByKey()))
            .toList();
    this.header = encode(json(tensors.metadata()));
  }

  private String json(Map<String, String> metadata) {
    StringBuilder json = new StringBuilder("{");
    if (!metadata.isEmpty()) {
      json.append(quoted(SafetensorsHeader.METADATA)).append(":{");
      metadata.forEach(
          (key, text) -> json.append(quoted(key)).append(':').append(quoted(text)).append(','));
      json.setCharAt(json.length() - 1, '}');
    }
    long at = 0;
    for (Map.Entry<String, StoredTensor> entry : ordered) {
      StoredTensor tensor = entry.getValue();
      json.append(json.length() > 1 ? "," : "")
          .append(quoted(entry.getKey()))
          .append(":{\"dtype\":")
          .append(quoted(tensor.type().name()))
          .append(",\"shape\":[");
      long[] shape = tensor.shape();
      for (int i = 0; i < shape.length; i++) {
        json.append(i > 0 ? "," : "").append(shape[i]);
      }
      json.append("],\"data_offsets\":[").append(at).append(',');
      at = Math.addExact(at, tensor.bytes());
      json.append(at).append("]}");
    }
    return json.append('}').toString();
  }

  private static String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> json.append('\\').append(c);
        case '\b' -> json.append("\\b");
        case '\f' -> json.append("\\f");
        case '\n' -> json.append("\\n");
        case '\r' -> json.append("\\r");
        case '\t' -> json.append("\\t");
        default -> {
          if (c < ' ') {
            json.append("\\u%04x".formatted((int) c));
          } else {
            json.append(c);
          }
        }
      }
    }
    return json.append('"').toString();
  }

  private static ByteBuffer encode(String json) {
    ByteBuffer text;
    try {
      text = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(json));
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          "tensors: expected names and metadata that are valid Unicode, got a lone surrogate", e);
    }
    int length = text.remaining();
    int padded = Math.floorDiv(length + ALIGNMENT - 1, ALIGNMENT) * ALIGNMENT;
    if (padded > Safetensors.MAX_HEADER_BYTES) {
      throw new IllegalArgumentException(
          "tensors: expected a header of at most %d bytes, got %d; use shorter names or several files"
              .formatted(Safetensors.MAX_HEADER_BYTES, padded));
    }
    ByteBuffer header =
        ByteBuffer.allocate(Long.BYTES + padded)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(padded)
            .put(text);
    while (header.hasRemaining()) {
      header.put((byte) ' ');
    }
    return header.flip();
  }

  void writeTo(FileChannel channel) throws IOException {
    AtomicFile.writeFully(channel, header.duplicate());
    for (Map.Entry<String, StoredTensor> entry : ordered) {
      AtomicFile.writeFully(channel, entry.getValue().data());
    }
  }
}
