package io.github.bn4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class NpyTest {
  private static final String GOOD = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";

  @TempDir private Path folder;

  private static byte[] file(int version, String header, byte[] data) {
    byte[] text =
        header.getBytes(version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + (version == 1 ? 2 : 4) + text.length + data.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
    if (version == 1) {
      bytes.putShort((short) text.length);
    } else {
      bytes.putInt(text.length);
    }
    return bytes.put(text).put(data).array();
  }

  private static byte[] floats(ByteOrder order, float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(order);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("x.npy"), bytes);
  }

  /** The header that NumPy 2.4.6 gives {@code numpy.save} of these arrays. */
  static Stream<Arguments> saved() {
    return Stream.of(
        Arguments.of(
            StoredTensor.of(HostTensor.of(1f, 2f, 3f, 4f, 5f, 6f), 2, 3),
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"),
        Arguments.of(
            StoredTensor.of(HostTensor.of(7L)),
            "{'descr': '<i8', 'fortran_order': False, 'shape': (), }"),
        Arguments.of(
            StoredTensor.of(HostTensor.of(DataType.F16, new short[5]), 5),
            "{'descr': '<f2', 'fortran_order': False, 'shape': (5,), }"),
        Arguments.of(
            StoredTensor.of(HostTensor.of(new double[0]), 0, 3),
            "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 3), }"),
        Arguments.of(
            StoredTensor.of(HostTensor.ofArray(DataType.U8, new byte[1], 0, 1), 1, 1),
            "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1), }"));
  }

  @ParameterizedTest
  @MethodSource("saved")
  void write_givesNumPysBytes(StoredTensor tensor, String dictionary) throws IOException {
    Path file = folder.resolve("x.npy");
    Npy.write(file, tensor);
    byte[] header =
        Arrays.copyOf((dictionary + " ".repeat(118)).getBytes(StandardCharsets.US_ASCII), 118);
    header[117] = '\n';
    byte[] data = new byte[(int) tensor.bytes()];
    tensor.data().readBytes(0, ByteBuffer.wrap(data));
    assertThat(Files.readAllBytes(file))
        .isEqualTo(file(1, new String(header, StandardCharsets.US_ASCII), data));
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"BF16", "F8_E4M3", "F8_E5M2", "F8_E8M0"})
  void roundTrip_keepsTypeAndShape(ElementType type) throws IOException {
    byte[] bytes = new byte[6 * type.bytes()];
    new Random(1).nextBytes(bytes);
    DataType dataType = type.dataType();
    HostTensor data =
        HostTensor.allocate(
            dataType == null ? DataType.U8 : dataType, dataType == null ? bytes.length : 6);
    data.writeBytes(0, ByteBuffer.wrap(bytes));
    StoredTensor tensor =
        dataType == null
            ? StoredTensor.ofBytes(type, data, 3, 1, 2)
            : StoredTensor.of(data, 3, 1, 2);
    Path file = folder.resolve("x.npy");
    Npy.write(file, tensor);
    StoredTensor read = Npy.read(file);
    assertThat(read.type()).isEqualTo(type);
    assertThat(read.shape()).containsExactly(3, 1, 2);
    byte[] again = new byte[bytes.length];
    read.data().readBytes(0, ByteBuffer.wrap(again));
    assertThat(again).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void read_ofEitherByteOrder(int version) throws IOException {
    byte[] little = file(version, GOOD, floats(ByteOrder.LITTLE_ENDIAN, 1f, -2.5f));
    byte[] big = file(version, GOOD.replace('<', '>'), floats(ByteOrder.BIG_ENDIAN, 1f, -2.5f));
    assertThat(Npy.read(write(little)).values().toFloats()).containsExactly(1f, -2.5f);
    assertThat(Npy.read(write(big)).values().toFloats()).containsExactly(1f, -2.5f);
  }

  @Test
  void read_ofBigEndianComplex_swapsEachPart() throws IOException {
    byte[] data = floats(ByteOrder.BIG_ENDIAN, 1f, 2f);
    StoredTensor read =
        Npy.read(write(file(1, GOOD.replace("<f4", ">c8").replace("(2,)", "(1,)"), data)));
    byte[] bytes = new byte[8];
    read.data().readBytes(0, ByteBuffer.wrap(bytes));
    assertThat(bytes).isEqualTo(floats(ByteOrder.LITTLE_ENDIAN, 1f, 2f));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"shape\":(2),'descr':\"<f4\",'fortran_order':False}",
        "{'shape':(2,),'descr':'<f4','fortran_order':False,'x':1}",
        "{'shape':(2,),'descr':'<f4'}",
        "{'shape':(2,),'descr':'<f4','fortran_order':False",
        "{'shape':(2,),'descr':'<f4','fortran_order':False}}",
        "{'shape':(2,),'shape':(2,),'descr':'<f4','fortran_order':False}",
        "{'shape':(-2,),'descr':'<f4','fortran_order':False}",
        "{'shape':(2.0,),'descr':'<f4','fortran_order':False}",
        "{'shape':(9223372036854775808,),'descr':'<f4','fortran_order':False}",
        "{'shape':(99999999999999999999,),'descr':'<f4','fortran_order':False}",
        "{'shape':(4294967296,4294967296),'descr':'<f4','fortran_order':False}",
        "{'shape':[2],'descr':'<f4','fortran_order':False}",
        "{'shape':2,'descr':'<f4','fortran_order':False}",
        "{'shape':(2,),'descr':'f4','fortran_order':False}",
        "{'shape':(2,),'descr':'','fortran_order':False}",
        "{'shape':(2,),'descr':'|f4','fortran_order':False}",
        "{'shape':(2,),'descr':'|O','fortran_order':False}",
        "{'shape':(2,),'descr':[('a','<f4')],'fortran_order':False}",
        "{'shape':(2,),'descr':'<f4','fortran_order':0}",
        "((((((((((((((((",
        "",
      })
  void read_ofBadDictionary(String header) throws IOException {
    Path file = write(file(1, header, floats(ByteOrder.LITTLE_ENDIAN, 1f, 2f)));
    assertThatThrownBy(() -> Npy.read(file))
        .isInstanceOf(MalformedFileException.class)
        .hasMessageStartingWith(file + ": header");
  }

  private void check(byte[] bytes, String message) throws IOException {
    Path file = write(bytes);
    assertThatThrownBy(() -> Npy.read(file))
        .isInstanceOf(MalformedFileException.class)
        .hasMessage(file + ": " + message);
  }

  @Test
  void read_ofFortranOrder_saysWhatToDo() throws IOException {
    check(
        file(1, GOOD.replace("False", "True").replace("(2,)", "(2, 1)"), new byte[8]),
        "expected C order, got Fortran order; save numpy.ascontiguousarray(x) instead of x");
  }

  @Test
  void read_ofFortranOrderVector_isTheSame() throws IOException {
    Path file = write(file(1, GOOD.replace("False", "True"), new byte[8]));
    assertThat(Npy.read(file).shape()).containsExactly(2);
  }

  @Test
  void read_ofOtherLengths() throws IOException {
    String more = "the file is cut off or holds more than one tensor";
    check(file(1, GOOD, new byte[7]), "expected 8 bytes of data (F32 [2]), got 7; " + more);
    check(file(1, GOOD, new byte[9]), "expected 8 bytes of data (F32 [2]), got 9; " + more);
  }

  @Test
  void read_ofOtherFiles() throws IOException {
    check(new byte[0], "expected an npy file, which begins with \\x93NUMPY, got other bytes");
    check(new byte[99], "expected an npy file, which begins with \\x93NUMPY, got other bytes");
    check(file(4, GOOD, new byte[8]), "expected npy version 1, 2 or 3, got 4");
    check(
        Arrays.copyOf(file(1, GOOD, new byte[0]), 40),
        "expected a header of at most 30 bytes, got a length of 57");
    check(Arrays.copyOf(file(2, GOOD, new byte[0]), 11), "expected a header, got the file's end");
    byte[] huge = file(2, GOOD, new byte[8]);
    Arrays.fill(huge, 8, 12, (byte) 0xff);
    check(huge, "expected a header of at most 65 bytes, got a length of 4294967295");
  }

  @Test
  void read_ofHeaderNotUtf8() throws IOException {
    byte[] bytes = file(3, GOOD, new byte[8]);
    bytes[14] = (byte) 0xff;
    check(bytes, "header: expected UTF-8, got other bytes");
  }

  @Test
  void read_ofMissingFile() {
    assertThatThrownBy(() -> Npy.read(folder.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void write_ofBf16_isRefused() {
    StoredTensor tensor = StoredTensor.of(HostTensor.of(DataType.BF16, new short[1]), 1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Npy.write(folder.resolve("x.npy"), tensor))
        .withMessage(
            "npy: expected a type that NumPy has, got BF16; write a safetensors file instead");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void damagedFiles_areReadOrRefused() {
    byte[] valid = file(1, GOOD, new byte[8]);
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> {
          Random random = new Random(1);
          for (int i = 0; i < 2000; i++) {
            byte[] bytes =
                Arrays.copyOf(
                    valid, valid.length - (i % 7 == 0 ? random.nextInt(valid.length) : 0));
            for (int changes = random.nextInt(4); changes > 0 && bytes.length > 0; changes--) {
              bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            Path file = write(bytes);
            try {
              assertThat(Npy.read(file).bytes()).isLessThanOrEqualTo(bytes.length);
            } catch (MalformedFileException refused) {
              assertThat(refused.getMessage()).startsWith(file + ": ");
            }
          }
        });
  }
}
