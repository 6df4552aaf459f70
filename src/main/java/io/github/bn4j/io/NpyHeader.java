package io.github.bn4j.io;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The checked header of an npy file: a Python dictionary with exactly {@code descr}, {@code
 * fortran_order} and {@code shape}.
 *
 * @param order of the bytes in an element
 * @param shape sizes in memory order
 */
record NpyHeader(ElementType type, ByteOrder order, List<Long> shape) {
  /** NumPy's kind and size of each type that both formats have. */
  private static final Map<String, ElementType> TYPES =
      Map.ofEntries(
          Map.entry("f2", ElementType.F16),
          Map.entry("f4", ElementType.F32),
          Map.entry("f8", ElementType.F64),
          Map.entry("i1", ElementType.I8),
          Map.entry("i2", ElementType.I16),
          Map.entry("i4", ElementType.I32),
          Map.entry("i8", ElementType.I64),
          Map.entry("u1", ElementType.U8),
          Map.entry("u2", ElementType.U16),
          Map.entry("u4", ElementType.U32),
          Map.entry("u8", ElementType.U64),
          Map.entry("b1", ElementType.BOOL),
          Map.entry("c8", ElementType.C64));

  /** NumPy's name of a type, little-endian; null if it has none. */
  static @Nullable String descr(ElementType type) {
    for (Map.Entry<String, ElementType> entry : TYPES.entrySet()) {
      if (entry.getValue() == type) {
        return (type.bytes() == 1 ? "|" : "<") + entry.getKey();
      }
    }
    return null;
  }

  /** Size of the elements in bytes. */
  long bytes(Path file) throws MalformedFileException {
    long bytes = type.bytes();
    try {
      for (long size : shape) {
        bytes = Math.multiplyExact(bytes, size);
      }
    } catch (ArithmeticException e) {
      throw new MalformedFileException(
          file, "header: expected a shape of less than 2^63 bytes, got " + shape);
    }
    return bytes;
  }

  static NpyHeader parse(Path file, String text) throws MalformedFileException {
    return new Parser(file, text).parse();
  }

  /** Reads one header, then is thrown away. */
  private static final class Parser {
    /** Characters of the text shown in a message. */
    private static final int SHOWN = 24;

    private final Path file;
    private final String text;
    private int at;
    private @Nullable ElementType type;
    private ByteOrder order = ByteOrder.LITTLE_ENDIAN;
    private boolean fortranOrder;
    private final List<Long> shape = new ArrayList<>();

    private Parser(Path file, String text) {
      this.file = file;
      this.text = text;
    }

    private NpyHeader parse() throws MalformedFileException {
      Set<String> keys = new HashSet<>();
      take("{");
      while (!tryTake("}")) {
        String key = quoted();
        if (!keys.add(key)) {
          throw error("each key once");
        }
        take(":");
        member(key);
        if (!tryTake(",")) {
          take("}");
          break;
        }
      }
      skipSpace();
      if (at < text.length()) {
        throw error("only spaces after '}'");
      }
      if (type == null || keys.size() != 3) {
        throw new MalformedFileException(
            file, "header: expected descr, fortran_order and shape, got " + keys);
      }
      if (fortranOrder && shape.size() > 1) {
        throw new MalformedFileException(
            file,
            "expected C order, got Fortran order; save numpy.ascontiguousarray(x) instead of x");
      }
      return new NpyHeader(type, order, List.copyOf(shape));
    }

    private void member(String key) throws MalformedFileException {
      switch (key) {
        case "descr" -> type(quoted());
        case "fortran_order" -> {
          fortranOrder = tryTake("True");
          if (!fortranOrder) {
            take("False");
          }
        }
        case "shape" -> shape();
        default -> throw error("one of descr, fortran_order and shape before this");
      }
    }

    private void type(String descr) throws MalformedFileException {
      type = descr.isEmpty() ? null : TYPES.get(descr.substring(1));
      char first = descr.isEmpty() ? ' ' : descr.charAt(0);
      boolean ordered =
          first == '<' || first == '>' || (first == '|' && type != null && type.bytes() == 1);
      if (type == null || !ordered) {
        throw new MalformedFileException(
            file,
            "header: expected a descr like <f4, <f8, <f2, <i8 or |u1, got %s; bf16 and others go in a safetensors file"
                .formatted(JsonReader.shown(descr)));
      }
      order = first == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    private void shape() throws MalformedFileException {
      take("(");
      while (!tryTake(")")) {
        if (shape.size() == StoredTensor.MAX_RANK) {
          throw error("at most " + StoredTensor.MAX_RANK + " sizes");
        }
        shape.add(size());
        boolean comma = tryTake(",");
        if (!comma && shape.size() == 1) {
          throw error("',' after the only size");
        }
        if (!comma) {
          take(")");
          break;
        }
      }
    }

    private long size() throws MalformedFileException {
      skipSpace();
      int from = at;
      while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
        at++;
      }
      try {
        // 2^63 - 1 has 19 digits.
        if (at > from && at <= from + 19) {
          return Long.parseLong(text, from, at, 10);
        }
      } catch (NumberFormatException tooLarge) {
        // Said below, as for a number that is longer still.
      }
      at = from;
      throw error("a whole number in 0 .. 2^63 - 1");
    }

    private String quoted() throws MalformedFileException {
      skipSpace();
      String quote = tryTake("\"") ? "\"" : "'";
      if (quote.equals("'")) {
        take("'");
      }
      int end = text.indexOf(quote, at);
      if (end < 0) {
        throw error("a text in quotes");
      }
      String value = text.substring(at, end);
      at = end + 1;
      return value;
    }

    private void skipSpace() {
      while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }

    private boolean tryTake(String token) {
      skipSpace();
      boolean there = text.startsWith(token, at);
      at += there ? token.length() : 0;
      return there;
    }

    private void take(String token) throws MalformedFileException {
      if (!tryTake(token)) {
        throw error(token);
      }
    }

    private MalformedFileException error(String expected) {
      String got =
          at >= text.length()
              ? "its end"
              : JsonReader.shown(text.substring(at, Math.min(at + SHOWN, text.length())));
      return new MalformedFileException(
          file, "header, character " + at + ": expected " + expected + ", got " + got);
    }
  }
}
