package io.github.bn4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.op.ArrayTensor;
import io.github.bn4j.op.BufferTensor;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SafetensorsTest {
  @TempDir private Path folder;

  private static byte[] bytesOf(StoredTensor tensor) {
    ByteBuffer bytes = ByteBuffer.allocate((int) tensor.bytes());
    tensor.data().readBytes(0, bytes);
    return bytes.array();
  }

  private static StoredTensor get(NamedTensors tensors, String name) {
    return Objects.requireNonNull(tensors.get(name), name);
  }

  private static StoredTensor random(ElementType type, long seed, long... shape) {
    int elements = 1;
    for (long size : shape) {
      elements *= (int) size;
    }
    byte[] bytes = new byte[elements * type.bytes()];
    new Random(seed).nextBytes(bytes);
    DataType dataType = type.dataType();
    if (dataType == null) {
      return StoredTensor.ofBytes(
          type, HostTensor.ofArray(DataType.U8, bytes, 0, bytes.length), shape);
    }
    HostTensor values = HostTensor.allocate(dataType, elements);
    values.writeBytes(0, ByteBuffer.wrap(bytes));
    return StoredTensor.of(values, shape);
  }

  @ParameterizedTest
  @EnumSource
  void roundTrip_keepsEveryTypeAndShape(ElementType type) throws IOException {
    Path file = folder.resolve("t.safetensors");
    NamedTensors written =
        NamedTensors.builder()
            .put("scalar", random(type, 1))
            .put("empty", random(type, 2, 3, 0, 2))
            .put("four axes", random(type, 3, 2, 3, 1, 5))
            .metadata("format", "pt")
            .build();
    Safetensors.write(file, written);
    NamedTensors read = Safetensors.read(file);
    assertThat(read.metadata()).isEqualTo(written.metadata());
    assertThat(read.tensors().keySet()).isEqualTo(written.tensors().keySet());
    for (String name : written.tensors().keySet()) {
      assertThat(get(read, name).type()).isEqualTo(type);
      assertThat(get(read, name).shape()).isEqualTo(get(written, name).shape());
      assertThat(bytesOf(get(read, name))).isEqualTo(bytesOf(get(written, name)));
    }
  }

  @Test
  void write_givesTheBytesOfTheFormatsOwnLibrary() throws IOException {
    Path file = folder.resolve("t.safetensors");
    Safetensors.write(
        file,
        NamedTensors.builder()
            .put("b", HostTensor.of(1f, 2f), 2)
            .put("a", HostTensor.of(-1f), 1)
            .put("n", HostTensor.of(7L))
            .build());
    String header =
        "{\"n\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[12,20]}}";
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int length = (int) bytes.getLong();
    assertThat(length % 8).isZero();
    byte[] text = new byte[length];
    bytes.get(text);
    assertThat(new String(text, StandardCharsets.UTF_8).strip()).isEqualTo(header);
    assertThat(bytes.getLong()).isEqualTo(7);
    assertThat(bytes.getFloat()).isEqualTo(-1f);
    assertThat(bytes.getFloat()).isEqualTo(1f);
    assertThat(bytes.getFloat()).isEqualTo(2f);
    assertThat(bytes.hasRemaining()).isFalse();
  }

  @Test
  void write_isTheSameWhateverTheOrder() throws IOException {
    Path one = folder.resolve("1");
    Path two = folder.resolve("2");
    StoredTensor x = random(ElementType.F16, 1, 3);
    StoredTensor y = random(ElementType.F64, 2, 2);
    Safetensors.write(one, NamedTensors.builder().put("x", x).put("y", y).build());
    Safetensors.write(two, NamedTensors.builder().put("y", y).put("x", x).build());
    assertThat(Files.readAllBytes(two)).isEqualTo(Files.readAllBytes(one));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\"quoted\\\"", "tab\tline\nbell\u0007", "üñ\u4e2d\ud83d\ude00", "/"})
  void roundTrip_keepsNamesAndMetadata(String text) throws IOException {
    Path file = folder.resolve("t");
    Safetensors.write(
        file, NamedTensors.builder().put(text, HostTensor.of(1f)).metadata(text, text).build());
    NamedTensors read = Safetensors.read(file);
    assertThat(read.tensors()).containsOnlyKeys(text);
    assertThat(read.metadata()).containsOnlyKeys(text).containsValue(text);
  }

  @Test
  void read_ofHeaderWithEscapesAndSpaces() throws IOException {
    String header =
        " {\n\t\"\\u0061\\/\" : { \"shape\" : [ 2 , 1 ],\"data_offsets\":[0,4] , \"dtype\":\"\\u004616\"}}\r ";
    Path file = RawFile.write(folder, RawFile.bytes(header, 4));
    assertThat(get(Safetensors.read(file), "a/").shape()).containsExactly(2, 1);
  }

  @Test
  void read_ofNoTensors() throws IOException {
    assertThat(Safetensors.read(RawFile.write(folder, RawFile.bytes("{}", 0))).tensors()).isEmpty();
  }

  @Test
  void smallFile_isCopied() throws IOException {
    Path file = folder.resolve("t");
    Safetensors.write(file, NamedTensors.builder().put("x", HostTensor.of(1f, 2f), 2).build());
    assertThat(get(Safetensors.read(file), "x").values()).isInstanceOf(ArrayTensor.class);
  }

  @Test
  void mappedFile_givesTheSameInSegments() throws IOException {
    Path file = folder.resolve("t");
    NamedTensors.Builder tensors = NamedTensors.builder();
    for (ElementType type : ElementType.values()) {
      for (int i = 0; i < 3; i++) {
        tensors.put(type + " " + i, random(type, i, 1 + 37L * i));
      }
    }
    NamedTensors written = tensors.build();
    Safetensors.write(file, written);
    NamedTensors mapped = Safetensors.read(file, 0, 64);
    assertThat(get(mapped, "F32 2").values()).isInstanceOf(BufferTensor.class);
    for (String name : written.tensors().keySet()) {
      assertThat(bytesOf(get(mapped, name))).isEqualTo(bytesOf(get(written, name)));
    }
  }

  /** Sparse, so it takes no room on the disk. */
  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "NTFS would write 5 GiB of zeros")
  void tensorBeyond2GiB_isMapped() throws IOException {
    long elements = (5L << 30) / 2;
    String header =
        "{\"x\":{\"dtype\":\"BF16\",\"shape\":[%d],\"data_offsets\":[0,%d]},\"y\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[%d,%d]}}"
            .formatted(elements, 2 * elements, 2 * elements, 2 * elements + 4);
    Path file = RawFile.write(folder, RawFile.bytes(header, 0));
    long dataAt = Files.size(file);
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(dataAt + 2 * elements + 4);
      sparse.seek(dataAt + 2 * (elements - 1));
      sparse.write(new byte[] {(byte) 0x80, 0x3f, 0, 0, 0, 0x40});
    }
    NamedTensors read = Safetensors.read(file);
    HostTensor x = get(read, "x").values();
    assertThat(x).isInstanceOf(BufferTensor.class);
    assertThat(x.elements()).isEqualTo(elements);
    assertThat(x.get(elements - 1)).isEqualTo(1);
    assertThat(x.get(elements - 2)).isEqualTo(0);
    assertThat(get(read, "y").values().get(0)).isEqualTo(2);
  }

  @Test
  void write_ofMappedTensorsOntoTheirOwnFile() throws IOException {
    Path file = folder.resolve("t");
    NamedTensors written = NamedTensors.builder().put("x", random(ElementType.F32, 1, 999)).build();
    Safetensors.write(file, written);
    Safetensors.write(file, Safetensors.read(file, 0, 64));
    assertThat(bytesOf(get(Safetensors.read(file), "x"))).isEqualTo(bytesOf(get(written, "x")));
  }

  @Test
  void copy_canBeChanged() throws IOException {
    Path file = folder.resolve("t");
    Safetensors.write(file, NamedTensors.builder().put("x", HostTensor.of(1f, 2f), 2).build());
    HostTensor copy = get(Safetensors.read(file, 0, 64), "x").copy();
    copy.set(0, 5);
    assertThat(copy.toFloats()).containsExactly(5f, 2f);
    assertThat(get(Safetensors.read(file), "x").values().toFloats()).containsExactly(1f, 2f);
  }

  @Test
  void values_ofCarriedType_areRefused() {
    StoredTensor tensor = random(ElementType.I32, 1, 2);
    assertThatIllegalArgumentException()
        .isThrownBy(tensor::values)
        .withMessage("expected elements of type F32, F64, F16, BF16, I64 or U8, got I32");
  }

  @Test
  void of_wrongShape() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StoredTensor.of(HostTensor.of(1f, 2f), 3))
        .withMessage("shape: expected sizes >= 0 of 2 elements on at most 64 axes, got [3]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StoredTensor.of(HostTensor.of(1f, 2f), -1, -2));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StoredTensor.of(HostTensor.of(1f, 2f), 1L << 32, 1L << 32, 2));
  }

  @Test
  void put_ofSameName_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> NamedTensors.builder().put("x", HostTensor.of(1f)).put("x", HostTensor.of(1f)))
        .withMessage("tensors: expected names that differ, got two of \"x\"");
  }

  @Test
  void write_ofReservedName_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Safetensors.write(
                    folder.resolve("t"),
                    NamedTensors.builder().put("__metadata__", HostTensor.of(1f)).build()))
        .withMessageContaining("expected other names than __metadata__");
  }

  @Test
  void write_ofLoneSurrogate_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Safetensors.write(
                    folder.resolve("t"),
                    NamedTensors.builder().put("\ud800", HostTensor.of(1f)).build()))
        .withMessageContaining("valid Unicode");
  }

  @Test
  void read_ofMissingFile() {
    assertThatThrownBy(() -> Safetensors.read(folder.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void read_ofFolder() {
    assertThatThrownBy(() -> Safetensors.read(folder))
        .isInstanceOf(MalformedFileException.class)
        .hasMessage(folder + ": expected a file, got a folder");
  }
}
