package io.github.bn4j.io;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * A strict reader of JSON (RFC 8259) that is told what comes next. It refuses everything else at
 * once, so that hostile text costs neither stack nor memory: there is no recursion over the text.
 *
 * <p>Duplicate keys, lone surrogates, numbers that are not whole or not below 2^63, and text after
 * the value are refused.
 */
final class JsonReader {
  /** Characters of the text shown in a message. */
  private static final int SHOWN = 24;

  /** Reads what a member or element of a list consists of. */
  interface Part<T> {
    void read(T key) throws MalformedFileException;
  }

  private final Path file;
  private final String text;
  private int at;

  /**
   * A reader at the beginning of a text.
   *
   * @param file named in messages
   */
  JsonReader(Path file, String text) {
    this.file = file;
    this.text = text;
  }

  /** Reads an object; the part reads the value of the key it is given. */
  void object(String what, Part<String> member) throws MalformedFileException {
    take('{', what);
    if (tryTake('}')) {
      return;
    }
    Set<String> keys = new HashSet<>();
    do {
      String key = string("a name in quotes");
      if (!keys.add(key)) {
        throw new MalformedFileException(
            file, "header: expected names that differ, got two of \"" + shown(key) + "\"");
      }
      take(':', "':' after \"" + shown(key) + "\"");
      member.read(key);
    } while (tryTake(','));
    take('}', "',' or '}'");
  }

  /** Reads an array; the part reads the element of the index it is given. */
  void array(String what, Part<Integer> element) throws MalformedFileException {
    take('[', what);
    if (tryTake(']')) {
      return;
    }
    int index = 0;
    do {
      element.read(index++);
    } while (tryTake(','));
    take(']', "',' or ']'");
  }

  /** Reads a string. */
  String string(String what) throws MalformedFileException {
    take('"', what);
    StringBuilder value = new StringBuilder();
    while (true) {
      char c = next("'\"' at the end of a string");
      if (c == '"') {
        break;
      }
      if (c < ' ') {
        at--;
        throw error("a string without unescaped control characters");
      }
      value.append(c == '\\' ? escaped() : c);
    }
    for (int i = 0; i < value.length(); i++) {
      if (Character.isSurrogate(value.charAt(i))) {
        boolean pair =
            i + 1 < value.length()
                && Character.isSurrogatePair(value.charAt(i), value.charAt(i + 1));
        if (!pair) {
          throw error("text without lone surrogates before this");
        }
        i++;
      }
    }
    return value.toString();
  }

  private char escaped() throws MalformedFileException {
    char c = next("an escaped character");
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        int code = 0;
        for (int i = 0; i < 4; i++) {
          char digit = next("4 hexadecimal digits after \\u");
          int value = digit < 128 ? Character.digit(digit, 16) : -1;
          if (value < 0) {
            at--;
            throw error("4 hexadecimal digits after \\u");
          }
          code = code * 16 + value;
        }
        yield (char) code;
      }
      default -> {
        at--;
        throw error("one of \"\\/bfnrtu after a backslash");
      }
    };
  }

  /** Reads a whole number in 0 .. 2^63 - 1. */
  long size(String what) throws MalformedFileException {
    String expected = what + ": a whole number in 0 .. 2^63 - 1";
    skipSpace();
    int from = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    boolean goesOn = at < text.length() && "+-.eE".indexOf(text.charAt(at)) >= 0;
    boolean leadingZero = at > from + 1 && text.charAt(from) == '0';
    // 2^63 - 1 has 19 digits.
    if (at == from || at > from + 19 || goesOn || leadingZero) {
      at = from;
      throw error(expected);
    }
    try {
      return Long.parseLong(text, from, at, 10);
    } catch (NumberFormatException e) {
      at = from;
      throw error(expected);
    }
  }

  /** Checks that nothing but white space is left. */
  void end() throws MalformedFileException {
    skipSpace();
    if (at < text.length()) {
      throw error("only spaces after the last '}'");
    }
  }

  private void skipSpace() {
    while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private boolean tryTake(char c) {
    skipSpace();
    if (at < text.length() && text.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private void take(char c, String what) throws MalformedFileException {
    if (!tryTake(c)) {
      throw error(what);
    }
  }

  private char next(String what) throws MalformedFileException {
    if (at >= text.length()) {
      throw error(what);
    }
    return text.charAt(at++);
  }

  /** A complaint about what is at the reader's place. */
  MalformedFileException error(String expected) {
    String got =
        at >= text.length()
            ? "its end"
            : shown(text.substring(at, Math.min(at + SHOWN, text.length())));
    return new MalformedFileException(
        file, "header, character " + at + ": expected " + expected + ", got " + got);
  }

  /** Text from a file made fit for a message: short, on one line. */
  static String shown(String raw) {
    StringBuilder safe = new StringBuilder();
    raw.codePoints()
        .limit(3L * SHOWN)
        .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c)
        .forEach(safe::appendCodePoint);
    return raw.length() > 3 * SHOWN ? safe + "..." : safe.toString();
  }
}
