package io.github.bn4j.op;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/** A tensor over a Java array, or part of one. */
public final class ArrayTensor extends HostTensor {
  /** The longest array that every JVM grants. */
  static final int MAX_ELEMENTS = Integer.MAX_VALUE - 8;

  /**
   * Bytes of a cache line, and of the widest vectors: loads and stores across lines take longer.
   */
  private static final int LINE = 64;

  /** Bytes between the start of an array and its first element. */
  private static final int HEADER = 16;

  /**
   * Bytes from which G1, the usual collector, lays an array to the start of a region, and so to
   * that of a cache line: half of its smallest region.
   */
  private static final int REGION = 1 << 19;

  private final Object array;
  private final int offset;

  ArrayTensor(DataType dataType, Object array, int offset, int elements) {
    super(dataType, elements);
    Objects.checkFromIndexSize(offset, elements, length(dataType, array));
    this.array = array;
    this.offset = offset;
  }

  static ArrayTensor allocateArray(DataType dataType, int elements) {
    int gap = gap(dataType, elements);
    int length = elements + gap;
    Object array =
        switch (dataType) {
          case F32 -> new float[length];
          case F64 -> new double[length];
          case F16, BF16 -> new short[length];
          case I64 -> new long[length];
          case U8 -> new byte[length];
        };
    return new ArrayTensor(dataType, array, gap, elements);
  }

  /** Elements to leave out in front of a large tensor, so that it starts with a cache line. */
  private static int gap(DataType dataType, int elements) {
    int gap = (LINE - HEADER) / dataType.bytes();
    boolean large = (long) elements * dataType.bytes() >= REGION;
    return large && elements <= MAX_ELEMENTS - gap ? gap : 0;
  }

  private static int length(DataType type, Object array) {
    if (type == DataType.F32 && array instanceof float[] floats) {
      return floats.length;
    }
    if (type == DataType.F64 && array instanceof double[] doubles) {
      return doubles.length;
    }
    if ((type == DataType.F16 || type == DataType.BF16) && array instanceof short[] bits) {
      return bits.length;
    }
    if (type == DataType.I64 && array instanceof long[] longs) {
      return longs.length;
    }
    if (type == DataType.U8 && array instanceof byte[] bytes) {
      return bytes.length;
    }
    throw new IllegalArgumentException(
        "array: expected the array type of "
            + type.label()
            + " (float[], double[], short[] for f16 and bf16, long[] or byte[]), got "
            + array.getClass().getSimpleName());
  }

  /** The array itself, not a copy; its type follows from {@link #dataType()}. */
  public Object array() {
    return array;
  }

  /** Index in {@link #array()} of element 0. */
  public int offset() {
    return offset;
  }

  private int at(long index) {
    return offset + (int) Objects.checkIndex(index, elements());
  }

  @Override
  public double get(long index) {
    int i = at(index);
    return switch (dataType()) {
      case F32 -> ((float[]) array)[i];
      case F64 -> ((double[]) array)[i];
      case F16 -> HalfPrecision.f16ToFloat(((short[]) array)[i]);
      case BF16 -> HalfPrecision.bf16ToFloat(((short[]) array)[i]);
      case I64, U8 -> getLong(index);
    };
  }

  @Override
  public void set(long index, double value) {
    int i = at(index);
    switch (dataType()) {
      case F32 -> ((float[]) array)[i] = (float) value;
      case F64 -> ((double[]) array)[i] = value;
      case F16 -> ((short[]) array)[i] = HalfPrecision.doubleToF16(value);
      case BF16 -> ((short[]) array)[i] = HalfPrecision.doubleToBf16(value);
      case I64, U8 -> setLong(index, (long) value);
    }
  }

  @Override
  public long getLong(long index) {
    int i = at(index);
    return dataType() == DataType.I64 ? ((long[]) array)[i] : ((byte[]) array)[i] & 0xff;
  }

  @Override
  public void setLong(long index, long value) {
    int i = at(index);
    if (dataType() == DataType.I64) {
      ((long[]) array)[i] = value;
    } else {
      ((byte[]) array)[i] = (byte) value;
    }
  }

  @Override
  public void read(long index, float[] into, int at, int count) {
    checkRun(index, count);
    int from = offset + (int) index;
    switch (dataType()) {
      case F32 -> System.arraycopy(array, from, into, at, count);
      case F16 -> {
        short[] bits = (short[]) array;
        for (int i = 0; i < count; i++) {
          into[at + i] = HalfPrecision.f16ToFloat(bits[from + i]);
        }
      }
      case BF16 -> {
        short[] bits = (short[]) array;
        for (int i = 0; i < count; i++) {
          into[at + i] = HalfPrecision.bf16ToFloat(bits[from + i]);
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          into[at + i] = (float) get(index + i);
        }
      }
    }
  }

  @Override
  public void write(long index, float[] from, int at, int count) {
    checkRun(index, count);
    int to = offset + (int) index;
    switch (dataType()) {
      case F32 -> System.arraycopy(from, at, array, to, count);
      case F16 -> {
        short[] bits = (short[]) array;
        for (int i = 0; i < count; i++) {
          bits[to + i] = HalfPrecision.floatToF16(from[at + i]);
        }
      }
      case BF16 -> {
        short[] bits = (short[]) array;
        for (int i = 0; i < count; i++) {
          bits[to + i] = HalfPrecision.floatToBf16(from[at + i]);
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          set(index + i, from[at + i]);
        }
      }
    }
  }

  @Override
  public void read(long index, double[] into, int at, int count) {
    checkRun(index, count);
    if (dataType() == DataType.F64) {
      System.arraycopy(array, offset + (int) index, into, at, count);
      return;
    }
    if (dataType() == DataType.F32) {
      float[] values = (float[]) array;
      int from = offset + (int) index;
      for (int i = 0; i < count; i++) {
        into[at + i] = values[from + i];
      }
      return;
    }
    for (int i = 0; i < count; i++) {
      into[at + i] = get(index + i);
    }
  }

  @Override
  public void write(long index, double[] from, int at, int count) {
    checkRun(index, count);
    if (dataType() == DataType.F64) {
      System.arraycopy(from, at, array, offset + (int) index, count);
      return;
    }
    if (dataType() == DataType.F32) {
      float[] values = (float[]) array;
      int to = offset + (int) index;
      for (int i = 0; i < count; i++) {
        values[to + i] = (float) from[at + i];
      }
      return;
    }
    for (int i = 0; i < count; i++) {
      set(index + i, from[at + i]);
    }
  }

  @Override
  public void readRaw(long index, Object into, int at, int count) {
    checkRun(index, count);
    checkArray(into);
    System.arraycopy(array, offset + (int) index, into, at, count);
  }

  @Override
  public void writeRaw(long index, Object from, int at, int count) {
    checkRun(index, count);
    checkArray(from);
    System.arraycopy(from, at, array, offset + (int) index, count);
  }

  private void checkArray(Object other) {
    if (other.getClass() != array.getClass()) {
      throw new ClassCastException(
          "array: expected "
              + array.getClass().getSimpleName()
              + " for "
              + dataType().label()
              + ", got "
              + other.getClass().getSimpleName());
    }
  }

  @Override
  public void readBytes(long byteOffset, ByteBuffer into) {
    checkBytes(byteOffset, into.remaining());
    ByteBuffer target = into.order(ByteOrder.LITTLE_ENDIAN);
    int size = dataType().bytes();
    int from = offset + (int) (byteOffset / size);
    int count = into.remaining() / size;
    switch (dataType()) {
      case F32 -> target.asFloatBuffer().put((float[]) array, from, count);
      case F64 -> target.asDoubleBuffer().put((double[]) array, from, count);
      case F16, BF16 -> target.asShortBuffer().put((short[]) array, from, count);
      case I64 -> target.asLongBuffer().put((long[]) array, from, count);
      case U8 -> target.duplicate().put((byte[]) array, from, count);
    }
    into.position(into.limit());
  }

  @Override
  public void writeBytes(long byteOffset, ByteBuffer from) {
    checkBytes(byteOffset, from.remaining());
    ByteBuffer source = from.order(ByteOrder.LITTLE_ENDIAN);
    int size = dataType().bytes();
    int to = offset + (int) (byteOffset / size);
    int count = from.remaining() / size;
    switch (dataType()) {
      case F32 -> source.asFloatBuffer().get((float[]) array, to, count);
      case F64 -> source.asDoubleBuffer().get((double[]) array, to, count);
      case F16, BF16 -> source.asShortBuffer().get((short[]) array, to, count);
      case I64 -> source.asLongBuffer().get((long[]) array, to, count);
      case U8 -> source.duplicate().get((byte[]) array, to, count);
    }
    from.position(from.limit());
  }

  private void checkBytes(long byteOffset, int count) {
    int size = dataType().bytes();
    if (byteOffset % size != 0 || count % size != 0) {
      throw new IllegalArgumentException(
          "bytes: expected offset and count in multiples of "
              + size
              + ", got "
              + byteOffset
              + " and "
              + count);
    }
    checkRun(byteOffset / size, count / size);
  }
}
