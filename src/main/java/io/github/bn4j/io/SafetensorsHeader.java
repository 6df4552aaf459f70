package io.github.bn4j.io;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The checked header of a safetensors file: which bytes after it are which tensor.
 *
 * @param entries in the order of their bytes
 * @param metadata the texts of {@code __metadata__}
 */
record SafetensorsHeader(List<Entry> entries, Map<String, String> metadata) {
  /** The key that is not a tensor's name. */
  static final String METADATA = "__metadata__";

  /**
   * One tensor.
   *
   * @param shape sizes in memory order
   * @param begin its first byte, counted from the end of the header
   * @param end the byte after its last
   */
  record Entry(String name, ElementType type, List<Long> shape, long begin, long end) {
    long elements() {
      return (end - begin) / type.bytes();
    }
  }

  /**
   * Reads and checks a header.
   *
   * @param dataBytes bytes in the file after the header
   */
  static SafetensorsHeader parse(Path file, String text, long dataBytes)
      throws MalformedFileException {
    return new Parser(file, text).parse(dataBytes);
  }

  /** Reads one header, then is thrown away. */
  private static final class Parser {
    private final Path file;
    private final JsonReader json;
    private final List<Entry> entries = new ArrayList<>();
    private final Map<String, String> metadata = new TreeMap<>();

    private Parser(Path file, String text) {
      this.file = file;
      this.json = new JsonReader(file, text);
    }

    private SafetensorsHeader parse(long dataBytes) throws MalformedFileException {
      json.object(
          "'{' at the beginning of the header",
          name -> {
            if (name.equals(METADATA)) {
              json.object(
                  "an object of texts in " + METADATA,
                  key -> metadata.put(key, json.string("a text in quotes in " + METADATA)));
            } else {
              entries.add(entry(name));
            }
          });
      json.end();
      entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
      checkPlaces(dataBytes);
      return new SafetensorsHeader(entries, metadata);
    }

    /** Filled from the three members of a tensor's object. */
    private static final class Draft {
      private @Nullable ElementType type;
      private @Nullable List<Long> shape;
      private final List<Long> offsets = new ArrayList<>();
    }

    private Entry entry(String name) throws MalformedFileException {
      Draft draft = new Draft();
      String of = " of tensor \"" + JsonReader.shown(name) + "\"";
      json.object(
          "an object with dtype, shape and data_offsets" + of, key -> member(draft, key, of));
      if (draft.type == null || draft.shape == null || draft.offsets.size() != 2) {
        String missing =
            draft.type == null ? "dtype" : draft.shape == null ? "shape" : "2 data_offsets";
        throw new MalformedFileException(file, "header: expected " + missing + of + ", got none");
      }
      Entry entry =
          new Entry(name, draft.type, draft.shape, draft.offsets.get(0), draft.offsets.get(1));
      checkSize(entry, of);
      return entry;
    }

    private void member(Draft draft, String key, String of) throws MalformedFileException {
      switch (key) {
        case "dtype" -> {
          String label = json.string("dtype" + of + " in quotes");
          draft.type = ElementType.named(label);
          if (draft.type == null) {
            throw new MalformedFileException(
                file,
                "header: expected dtype%s to be one of %s, got \"%s\""
                    .formatted(of, ElementType.names(), JsonReader.shown(label)));
          }
        }
        case "shape" -> draft.shape = sizes("shape" + of, StoredTensor.MAX_RANK);
        case "data_offsets" -> draft.offsets.addAll(sizes("data_offsets" + of, 2));
        default ->
            throw new MalformedFileException(
                file,
                "header: expected dtype, shape and data_offsets%s, got \"%s\""
                    .formatted(of, JsonReader.shown(key)));
      }
    }

    private List<Long> sizes(String what, int atMost) throws MalformedFileException {
      List<Long> sizes = new ArrayList<>();
      json.array(
          what + " in brackets",
          index -> {
            if (index >= atMost) {
              throw json.error("at most " + atMost + " numbers in " + what);
            }
            sizes.add(json.size(what));
          });
      return sizes;
    }

    private void checkSize(Entry entry, String of) throws MalformedFileException {
      if (entry.begin > entry.end) {
        throw new MalformedFileException(
            file,
            "header: expected data_offsets%s in order, got [%d, %d]"
                .formatted(of, entry.begin, entry.end));
      }
      long bytes = entry.type.bytes();
      try {
        for (long size : entry.shape) {
          bytes = Math.multiplyExact(bytes, size);
        }
      } catch (ArithmeticException e) {
        throw new MalformedFileException(
            file, "header: expected shape" + of + " of less than 2^63 bytes, got " + entry.shape);
      }
      if (bytes != entry.end - entry.begin) {
        throw new MalformedFileException(
            file,
            "header: expected %d bytes%s (%s %s), got %d"
                .formatted(bytes, of, entry.type, entry.shape, entry.end - entry.begin));
      }
    }

    /** The format wants the data covered exactly: no overlap, no gap, nothing beyond. */
    private void checkPlaces(long dataBytes) throws MalformedFileException {
      long covered = 0;
      for (Entry entry : entries) {
        String name = JsonReader.shown(entry.name);
        if (entry.end > dataBytes) {
          throw new MalformedFileException(
              file,
              "expected %d bytes of data up to the end of tensor \"%s\", got %d; the file is cut off or damaged: get it again"
                  .formatted(entry.end, name, dataBytes));
        }
        if (entry.begin != covered) {
          throw new MalformedFileException(
              file,
              "header: expected tensor \"%s\" to begin at byte %d, got %d; %s"
                  .formatted(
                      name,
                      covered,
                      entry.begin,
                      entry.begin < covered ? "tensors overlap" : "there is a gap"));
        }
        covered = entry.end;
      }
      if (covered != dataBytes) {
        throw new MalformedFileException(
            file,
            "expected %d bytes of data, got %d; the rest belongs to no tensor"
                .formatted(covered, dataBytes));
      }
    }
  }
}
