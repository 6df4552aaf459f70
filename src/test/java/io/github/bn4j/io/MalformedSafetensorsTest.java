package io.github.bn4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One file per thing that can be wrong, and what its reader is told. */
final class MalformedSafetensorsTest {
  private static final String GOOD =
      "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";

  @TempDir private Path folder;

  private void check(byte[] bytes, String message) throws IOException {
    Path file = RawFile.write(folder, bytes);
    assertThatThrownBy(() -> Safetensors.read(file))
        .isInstanceOf(MalformedFileException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(message);
  }

  /** Header, bytes of data, part of the message. */
  static Stream<Arguments> headers() {
    return Stream.of(
        Arguments.of("", 0, "expected '{' at the beginning of the header, got its end"),
        Arguments.of("[1,2]", 0, "expected '{' at the beginning of the header, got [1,2]"),
        Arguments.of("not JSON", 0, "expected '{' at the beginning of the header, got not JSON"),
        Arguments.of("{x:1}", 0, "expected a name in quotes, got x:1}"),
        Arguments.of("{\"x\" 1}", 0, "expected ':' after \"x\", got 1}"),
        Arguments.of("{\"x\":[[[[", 0, "an object with dtype, shape and data_offsets"),
        Arguments.of(GOOD + "x", 8, "expected only spaces after the last '}', got x"),
        Arguments.of(GOOD + "\0", 8, "expected only spaces after the last '}', got ?"),
        Arguments.of(GOOD.substring(0, GOOD.length() - 1), 8, "expected ',' or '}', got its end"),
        Arguments.of("{\"x", 0, "expected '\"' at the end of a string, got its end"),
        Arguments.of("{\"x\n\":1}", 0, "a string without unescaped control characters"),
        Arguments.of("{\"\\x\":1}", 0, "one of \"\\/bfnrtu after a backslash"),
        Arguments.of("{\"\\u12G4\":1}", 0, "4 hexadecimal digits after \\u"),
        Arguments.of("{\"\\ud800\":1}", 0, "without lone surrogates"),
        Arguments.of("{\"\\udc00\\ud800\":1}", 0, "without lone surrogates"),
        Arguments.of(
            tensor("x", "F32", "2", "0,8") + tensor("x", "F32", "2", "8,16"),
            16,
            "expected names that differ, got two of \"x\""),
        Arguments.of(
            tensor("x", "F32", "2", "0,8") + tensor("\\u0078", "F32", "2", "8,16"),
            16,
            "expected names that differ, got two of \"x\""),
        Arguments.of(
            GOOD.replace("\"shape\"", "\"dtype\":\"F32\",\"shape\""), 8, "got two of \"dtype\""),
        Arguments.of(GOOD.replace("F32", "F33"), 8, "to be one of BOOL, U8, "),
        Arguments.of(GOOD.replace("F32", "f32"), 8, "got \"f32\""),
        Arguments.of(GOOD.replace("\"F32\"", "32"), 8, "expected dtype of tensor \"x\" in quotes"),
        Arguments.of(GOOD.replace("\"F32\"", "null"), 8, "got null"),
        Arguments.of(GOOD.replace("[2]", "2"), 8, "shape of tensor \"x\" in brackets, got 2"),
        Arguments.of(GOOD.replace("[2]", "[-2]"), 8, "a whole number in 0 .. 2^63 - 1, got -2]"),
        Arguments.of(GOOD.replace("[2]", "[2.0]"), 8, "a whole number in 0 .. 2^63 - 1, got 2.0]"),
        Arguments.of(GOOD.replace("[2]", "[2e0]"), 8, "a whole number in 0 .. 2^63 - 1, got 2e0]"),
        Arguments.of(GOOD.replace("[2]", "[02]"), 8, "a whole number in 0 .. 2^63 - 1, got 02]"),
        Arguments.of(GOOD.replace("[2]", "[\"2\"]"), 8, "a whole number in 0 .. 2^63 - 1"),
        Arguments.of(GOOD.replace("[2]", "[2,]"), 8, "a whole number in 0 .. 2^63 - 1, got ]"),
        Arguments.of(GOOD.replace("[2]", "[9223372036854775808]"), 8, "2^63 - 1"),
        Arguments.of(GOOD.replace("[2]", "[99999999999999999999999]"), 8, "2^63 - 1"),
        Arguments.of(GOOD.replace("[2]", "[4294967296,4294967296]"), 8, "of less than 2^63 bytes"),
        Arguments.of(GOOD.replace("[2]", "[9223372036854775807]"), 8, "of less than 2^63 bytes"),
        Arguments.of(
            GOOD.replace("[2]", "[2" + ",1".repeat(64) + "]"), 8, "at most 64 numbers in shape"),
        Arguments.of(GOOD.replace("[2]", "[3]"), 8, "expected 12 bytes of tensor \"x\""),
        Arguments.of(GOOD.replace("F32", "F64"), 8, "expected 16 bytes of tensor \"x\""),
        Arguments.of(GOOD.replace("[0,8]", "[0]"), 8, "expected 2 data_offsets of tensor \"x\""),
        Arguments.of(GOOD.replace("[0,8]", "[0,8,8]"), 8, "at most 2 numbers in data_offsets"),
        Arguments.of(GOOD.replace("[0,8]", "[8,0]"), 8, "in order, got [8, 0]"),
        Arguments.of(GOOD.replace("[0,8]", "[-8,0]"), 8, "a whole number in 0 .. 2^63 - 1"),
        Arguments.of(GOOD.replace(",\"data_offsets\":[0,8]", ""), 8, "expected 2 data_offsets"),
        Arguments.of(GOOD.replace("\"dtype\":\"F32\",", ""), 8, "expected dtype of tensor \"x\""),
        Arguments.of(GOOD.replace("\"shape\":[2],", ""), 8, "expected shape of tensor \"x\""),
        Arguments.of(GOOD.replace("shape", "shapes"), 8, "got \"shapes\""),
        Arguments.of(GOOD, 7, "the file is cut off or damaged: get it again"),
        Arguments.of(GOOD, 9, "expected 8 bytes of data, got 9; the rest belongs to no tensor"),
        Arguments.of(
            GOOD.replace("[0,8]", "[4,12]"), 12, "to begin at byte 0, got 4; there is a gap"),
        Arguments.of(
            tensor("x", "F32", "2", "0,8") + tensor("y", "F32", "2", "4,12"),
            12,
            "expected tensor \"y\" to begin at byte 8, got 4; tensors overlap"),
        Arguments.of(
            tensor("x", "F32", "2", "0,8") + tensor("y", "F32", "2", "0,8"), 8, "tensors overlap"),
        Arguments.of("{\"__metadata__\":1}", 0, "an object of texts in __metadata__, got 1}"),
        Arguments.of(
            "{\"__metadata__\":{\"a\":1}}", 0, "a text in quotes in __metadata__, got 1}}"),
        Arguments.of("{\"__metadata__\":{\"a\":{}}}", 0, "a text in quotes in __metadata__"),
        Arguments.of(
            "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "got two of \"__metadata__\""));
  }

  private static String tensor(String name, String type, String shape, String offsets) {
    return "\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%s]},"
        .formatted(name, type, shape, offsets);
  }

  @ParameterizedTest
  @MethodSource("headers")
  void header_isRefused(String header, int dataBytes, String message) throws IOException {
    boolean members = header.startsWith("\"");
    String object = members ? "{" + header.substring(0, header.length() - 1) + "}" : header;
    check(RawFile.bytes(object, dataBytes), message);
  }

  @Test
  void fileShorterThanItsLength() throws IOException {
    check(new byte[0], "expected a safetensors file, which has at least 8 bytes, got 0");
    check(new byte[7], "at least 8 bytes, got 7");
  }

  @Test
  void headerLongerThanTheFile() throws IOException {
    byte[] header = GOOD.getBytes(StandardCharsets.UTF_8);
    check(
        RawFile.bytes(header.length + 9L, header, 8),
        "expected a header of at most %d bytes, got a length of %d"
            .formatted(header.length + 8, header.length + 9));
    check(RawFile.bytes(1L << 40, header, 8), "got a length of 1099511627776");
    check(RawFile.bytes(-1, header, 8), "got a length of 18446744073709551615");
    check(RawFile.bytes(Long.MIN_VALUE, header, 8), "got a length of 9223372036854775808");
  }

  @Test
  void headerLongerThanTheLimit() throws IOException {
    byte[] header = new byte[(int) Safetensors.MAX_HEADER_BYTES + 1];
    Arrays.fill(header, (byte) '[');
    check(RawFile.bytes(header.length, header, 0), "expected a header of at most 16777216 bytes");
  }

  @Test
  void headerAsLongAsTheLimit_ofBracketsOnly() throws IOException {
    byte[] header = new byte[(int) Safetensors.MAX_HEADER_BYTES];
    Arrays.fill(header, (byte) '[');
    check(RawFile.bytes(header.length, header, 0), "expected '{' at the beginning");
  }

  @Test
  void headerNotUtf8() throws IOException {
    byte[] header = GOOD.getBytes(StandardCharsets.UTF_8);
    header[2] = (byte) 0xff;
    check(RawFile.bytes(header.length, header, 8), "header: expected UTF-8, got other bytes");
  }

  @Test
  void message_isShortAndOnOneLine() throws IOException {
    Path file =
        RawFile.write(
            folder, RawFile.bytes(GOOD.replace("F32", "\u001b[31mevil\\n".repeat(99)), 8));
    assertThatThrownBy(() -> Safetensors.read(file))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(600))
        .hasMessageNotContainingAny("\n", "\u001b");
  }
}
