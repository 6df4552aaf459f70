package io.github.bn4j.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Arrays and buffers behave alike. */
class HostTensorTest {
  private static final int ELEMENTS = 23;
  private static final List<DataType> FLOATING =
      List.of(DataType.F32, DataType.F64, DataType.F16, DataType.BF16);

  /** The same tensor as an array, part of an array, one buffer, and segments of 5 elements. */
  private static List<HostTensor> all(DataType type) {
    int size = type.bytes();
    ByteBuffer[] segments = new ByteBuffer[5];
    for (int i = 0; i < 5; i++) {
      segments[i] = ByteBuffer.allocateDirect((i < 4 ? 5 : 3) * size);
    }
    ArrayTensor whole = (ArrayTensor) HostTensor.allocate(type, ELEMENTS + 7L);
    return List.of(
        HostTensor.allocate(type, ELEMENTS),
        HostTensor.ofArray(type, whole.array(), 4, ELEMENTS),
        HostTensor.ofBuffers(
            type, ByteBuffer.allocate(ELEMENTS * size).order(ByteOrder.BIG_ENDIAN)),
        HostTensor.ofBuffers(type, segments));
  }

  @Test
  void setAndGet_everyKindAndType_keepsExactValues() {
    for (DataType type : FLOATING) {
      for (HostTensor tensor : all(type)) {
        assertThat(tensor.elements()).isEqualTo(ELEMENTS);
        assertThat(tensor.bytes()).isEqualTo((long) ELEMENTS * type.bytes());
        for (int i = 0; i < ELEMENTS; i++) {
          tensor.set(i, i - 11.5);
        }
        for (int i = 0; i < ELEMENTS; i++) {
          assertThat(tensor.get(i)).isEqualTo(i - 11.5);
        }
      }
    }
  }

  @Test
  void allocate_large_startsWithACacheLineBehindTheHeader() {
    for (DataType type : DataType.values()) {
      int elements = (1 << 20) / type.bytes();
      ArrayTensor tensor = (ArrayTensor) HostTensor.allocate(type, elements);
      assertThat(tensor.elements()).isEqualTo(elements);
      assertThat((16 + tensor.offset() * type.bytes()) % 64).as(type.label()).isZero();
      tensor.set(elements - 1, 3);
      assertThat(tensor.get(elements - 1)).as(type.label()).isEqualTo(3);
    }
  }

  @Test
  void set_inexactValue_isRoundedToNearest() {
    double third = 1.0 / 3;
    assertThat(rounded(DataType.F32, third)).isEqualTo((float) third);
    assertThat(rounded(DataType.F64, third)).isEqualTo(third);
    assertThat(rounded(DataType.F16, third)).isEqualTo(1365 / 4096.0);
    assertThat(rounded(DataType.BF16, third)).isEqualTo(171 / 512.0);
  }

  private static double rounded(DataType type, double value) {
    HostTensor tensor = HostTensor.allocate(type, 1);
    tensor.set(0, value);
    return tensor.get(0);
  }

  @Test
  void readAndWrite_runs_agreeWithSingleElements() {
    float[] floats = {1.5f, -2, 0.25f, 100, -0.0f, 7};
    double[] doubles = {3, -0.5, 1, 2, 4, 8};
    for (DataType type : FLOATING) {
      for (HostTensor tensor : all(type)) {
        tensor.write(3, floats, 1, 5);
        assertThat(tensor.get(3)).isEqualTo(-2);
        assertThat(tensor.get(7)).isEqualTo(7);
        assertThat(tensor.get(8)).isZero();
        tensor.write(9, doubles, 0, 6);
        double[] back = new double[12];
        tensor.read(3, back, 1, 11);
        assertThat(back).containsExactly(0, -2, 0.25, 100, -0.0, 7, 0, 3, -0.5, 1, 2, 4);
        float[] backFloats = new float[2];
        tensor.read(9, backFloats, 0, 2);
        assertThat(backFloats).containsExactly(3, -0.5f);
        assertThat(tensor.toDoubles()).hasSize(ELEMENTS);
        assertThat(tensor.toFloats()[14]).isEqualTo(8);
      }
    }
  }

  @Test
  void bytes_betweenKinds_areLittleEndian() {
    for (DataType type : FLOATING) {
      for (HostTensor tensor : all(type)) {
        tensor.set(ELEMENTS - 1, 1);
        ByteBuffer bytes = ByteBuffer.allocate(ELEMENTS * type.bytes());
        tensor.readBytes(0, bytes);
        bytes.flip();
        HostTensor copy = HostTensor.allocate(type, ELEMENTS);
        copy.writeBytes(0, bytes.duplicate());
        assertThat(copy.toDoubles()).containsExactly(tensor.toDoubles());
        // 1 is 0x3... in every type, and its highest byte comes last
        assertThat(bytes.get(bytes.limit() - 1) & 0xf0).isEqualTo(0x30);
      }
    }
  }

  @Test
  void integers_keepEveryBit() {
    for (HostTensor tensor : all(DataType.I64)) {
      tensor.setLong(ELEMENTS - 1, Long.MAX_VALUE - 1);
      assertThat(tensor.getLong(ELEMENTS - 1)).isEqualTo(Long.MAX_VALUE - 1);
    }
    for (HostTensor tensor : all(DataType.U8)) {
      tensor.setLong(2, 255);
      assertThat(tensor.getLong(2)).isEqualTo(255);
    }
  }

  @Test
  void anyAccess_outside_isRefused() {
    for (HostTensor tensor : all(DataType.F32)) {
      for (long index : new long[] {-1, ELEMENTS, 1L << 33}) {
        assertThatThrownBy(() -> tensor.get(index)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> tensor.set(index, 0))
            .isInstanceOf(IndexOutOfBoundsException.class);
      }
      assertThatThrownBy(() -> tensor.read(20, new float[9], 0, 4))
          .isInstanceOf(IndexOutOfBoundsException.class)
          .hasMessage("tensor of 23 elements: run of 4 from 20");
      assertThatThrownBy(() -> tensor.readBytes(90, ByteBuffer.allocate(8)))
          .isInstanceOfAny(IndexOutOfBoundsException.class, IllegalArgumentException.class);
    }
  }

  @Test
  void ofArray_wrongArrayOrRange_isRefused() {
    assertThatThrownBy(() -> HostTensor.ofArray(DataType.F16, new float[3], 0, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("array: expected the array type of f16")
        .hasMessageContaining("got float[]");
    assertThatThrownBy(() -> HostTensor.ofArray(DataType.F32, new float[3], 1, 3))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void ofBuffers_oddSizes_areRefused() {
    assertThatThrownBy(() -> HostTensor.ofBuffers(DataType.F32))
        .hasMessage("segments: expected at least 1 buffer, got 0");
    assertThatThrownBy(() -> HostTensor.ofBuffers(DataType.F32, ByteBuffer.allocate(6)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a multiple of 4 bytes, got 6 bytes in buffer 0");
    assertThatThrownBy(
            () ->
                HostTensor.ofBuffers(DataType.F32, ByteBuffer.allocate(4), ByteBuffer.allocate(8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("got 8 bytes in buffer 1");
  }

  @Test
  void of_array_sharesItsMemory() {
    float[] values = {1, 2};
    HostTensor tensor = HostTensor.of(values);
    tensor.set(1, 5);
    assertThat(values[1]).isEqualTo(5);
  }
}
