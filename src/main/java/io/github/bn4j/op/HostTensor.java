package io.github.bn4j.op;

import java.nio.ByteBuffer;

/**
 * A tensor in the memory of the JVM: an array, or direct or memory-mapped buffers of any total
 * size.
 *
 * <p>Not thread-safe for writes to the same elements; reads and writes of different elements may go
 * on in parallel.
 */
public abstract sealed class HostTensor implements Tensor permits ArrayTensor, BufferTensor {
  /** Bytes copied at a time; a multiple of every element. */
  private static final int CHUNK = 1 << 16;

  private final DataType dataType;
  private final long elements;

  HostTensor(DataType dataType, long elements) {
    this.dataType = dataType;
    this.elements = elements;
  }

  /** Wraps an array without a copy, as F32. */
  public static HostTensor of(float... values) {
    return new ArrayTensor(DataType.F32, values, 0, values.length);
  }

  /** Wraps an array without a copy, as F64. */
  public static HostTensor of(double... values) {
    return new ArrayTensor(DataType.F64, values, 0, values.length);
  }

  /** Wraps an array without a copy, as I64. */
  public static HostTensor of(long... values) {
    return new ArrayTensor(DataType.I64, values, 0, values.length);
  }

  /**
   * Wraps an array of bit patterns without a copy.
   *
   * @param dataType F16 or BF16
   */
  public static HostTensor of(DataType dataType, short... bits) {
    return ofArray(dataType, bits, 0, bits.length);
  }

  /**
   * Wraps part of an array without a copy.
   *
   * @param array {@code float[]} for F32, {@code double[]} for F64, {@code short[]} of bit patterns
   *     for F16 and BF16, {@code long[]} for I64, {@code byte[]} for U8
   * @param offset first element
   * @param elements number of elements
   * @throws IllegalArgumentException if array and type do not go together
   * @throws IndexOutOfBoundsException if the part lies outside the array
   */
  public static HostTensor ofArray(DataType dataType, Object array, int offset, int elements) {
    return new ArrayTensor(dataType, array, offset, elements);
  }

  /**
   * Wraps buffers without a copy, one after the other; each from its position to its limit. The
   * bytes are little-endian whatever {@code order()} says.
   *
   * @param segments at least one; all but the last of the same size, a multiple of the element's
   * @throws IllegalArgumentException for other sizes
   */
  public static HostTensor ofBuffers(DataType dataType, ByteBuffer... segments) {
    return new BufferTensor(dataType, segments);
  }

  /**
   * New memory, all zero: an array up to {@code Integer.MAX_VALUE - 8} elements, direct buffers
   * beyond.
   */
  public static HostTensor allocate(DataType dataType, long elements) {
    return elements <= ArrayTensor.MAX_ELEMENTS
        ? ArrayTensor.allocateArray(dataType, (int) elements)
        : BufferTensor.allocateSegments(dataType, elements);
  }

  @Override
  public final DataType dataType() {
    return dataType;
  }

  @Override
  public final long elements() {
    return elements;
  }

  /**
   * One element as a double; exact for every floating-point type.
   *
   * @throws IndexOutOfBoundsException outside {@code 0 .. elements - 1}
   */
  public abstract double get(long index);

  /** Sets one element, rounded to nearest even. */
  public abstract void set(long index, double value);

  /** One element of an I64 or U8 tensor. */
  public abstract long getLong(long index);

  /** Sets one element of an I64 or U8 tensor. */
  public abstract void setLong(long index, long value);

  /** Reads a run of elements as floats; F64 is rounded. */
  public abstract void read(long index, float[] into, int at, int count);

  /** Writes a run of elements from floats, rounded to nearest even. */
  public abstract void write(long index, float[] from, int at, int count);

  /** Reads a run of elements as doubles. */
  public abstract void read(long index, double[] into, int at, int count);

  /** Writes a run of elements from doubles, rounded once to nearest even. */
  public abstract void write(long index, double[] from, int at, int count);

  /**
   * Copies a run of elements as they are, allocating nothing.
   *
   * @param into the array type of {@link #ofArray} for this tensor's type
   * @throws ClassCastException for another array type
   */
  public abstract void readRaw(long index, Object into, int at, int count);

  /**
   * Sets a run of elements from their bits, allocating nothing.
   *
   * @param from the array type of {@link #ofArray} for this tensor's type
   * @throws ClassCastException for another array type
   */
  public abstract void writeRaw(long index, Object from, int at, int count);

  /** Reads raw little-endian bytes; the offset in bytes. */
  public abstract void readBytes(long byteOffset, ByteBuffer into);

  /** Writes raw little-endian bytes; the offset in bytes. */
  public abstract void writeBytes(long byteOffset, ByteBuffer from);

  /**
   * Copies all elements as they are.
   *
   * @throws IllegalArgumentException unless the other tensor has the same type and size
   */
  public final void copyTo(HostTensor to) {
    if (dataType != to.dataType || elements != to.elements) {
      throw new IllegalArgumentException(
          "copy: expected %d elements of %s, got %d of %s"
              .formatted(to.elements, to.dataType.label(), elements, dataType.label()));
    }
    ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK, bytes()));
    for (long at = 0; at < bytes(); at += CHUNK) {
      chunk.clear().limit((int) Math.min(CHUNK, bytes() - at));
      readBytes(at, chunk);
      chunk.flip();
      to.writeBytes(at, chunk);
    }
  }

  /** A copy of all elements in another type, rounded once to nearest even; for small tensors. */
  public final HostTensor convertedTo(DataType type) {
    HostTensor converted = allocate(type, elements);
    converted.write(0, toDoubles(), 0, Math.toIntExact(elements));
    return converted;
  }

  /** All elements as doubles, for small tensors and tests. */
  public final double[] toDoubles() {
    double[] values = new double[Math.toIntExact(elements)];
    read(0, values, 0, values.length);
    return values;
  }

  /** All elements as floats, for small tensors and tests. */
  public final float[] toFloats() {
    float[] values = new float[Math.toIntExact(elements)];
    read(0, values, 0, values.length);
    return values;
  }

  final void checkRun(long index, long count) {
    if (index < 0 || count < 0 || index > elements - count) {
      throw new IndexOutOfBoundsException(
          "tensor of " + elements + " elements: run of " + count + " from " + index);
    }
  }
}
