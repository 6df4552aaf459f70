package io.github.bn4j.io;

import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import java.util.Arrays;

/**
 * A tensor as it lies in a file: type of the elements, sizes in memory order, and the elements.
 *
 * <p>Tensors that were read are not to be changed, since those of large files are mapped read-only;
 * take a {@link #copy()}.
 */
public final class StoredTensor {
  /** More axes than any framework has; NumPy's limit. */
  static final int MAX_RANK = 64;

  private final ElementType type;
  private final long[] shape;
  private final HostTensor data;

  private StoredTensor(ElementType type, long[] shape, HostTensor data) {
    this.type = type;
    this.shape = shape;
    this.data = data;
  }

  /**
   * Wraps a tensor without a copy.
   *
   * @param shape sizes in memory order, slowest axis first; none for a scalar
   * @throws IllegalArgumentException if the sizes do not multiply to the number of elements
   */
  public static StoredTensor of(HostTensor data, long... shape) {
    return checked(ElementType.of(data.dataType()), data, data.elements(), shape);
  }

  /**
   * Wraps the bytes of a tensor of any type without a copy.
   *
   * @param bytes the elements, little-endian: a U8 tensor
   * @param shape sizes in memory order; none for a scalar
   * @throws IllegalArgumentException if sizes and bytes do not go together, or for a type that
   *     {@link #of} takes
   */
  public static StoredTensor ofBytes(ElementType type, HostTensor bytes, long... shape) {
    if (bytes.dataType() != DataType.U8 || type.dataType() != null) {
      throw new IllegalArgumentException(
          "bytes: expected u8 and a type that is only carried through, got "
              + bytes.dataType().label()
              + " and "
              + type);
    }
    if (bytes.elements() % type.bytes() != 0) {
      throw new IllegalArgumentException(
          "bytes: expected a multiple of " + type.bytes() + ", got " + bytes.elements());
    }
    return checked(type, bytes, bytes.elements() / type.bytes(), shape);
  }

  private static StoredTensor checked(
      ElementType type, HostTensor data, long elements, long[] shape) {
    boolean fits = shape.length <= MAX_RANK;
    long product = 1;
    for (long size : shape) {
      fits &= size >= 0 && (size == 0 || product <= Long.MAX_VALUE / size);
      product *= size;
    }
    if (!fits || product != elements) {
      throw new IllegalArgumentException(
          "shape: expected sizes >= 0 of %d elements on at most %d axes, got %s"
              .formatted(elements, MAX_RANK, Arrays.toString(shape)));
    }
    return new StoredTensor(type, shape.clone(), data);
  }

  /** Type of the elements. */
  public ElementType type() {
    return type;
  }

  /** Sizes in memory order, slowest axis first; empty for a scalar. */
  public long[] shape() {
    return shape.clone();
  }

  /** Number of elements. */
  public long elements() {
    return data.bytes() / type.bytes();
  }

  /** Size in bytes. */
  public long bytes() {
    return data.bytes();
  }

  /**
   * The elements, not a copy.
   *
   * @throws IllegalArgumentException for a type that bn4j does not compute with
   */
  public HostTensor values() {
    if (type.dataType() == null) {
      throw new IllegalArgumentException(
          "expected elements of type F32, F64, F16, BF16, I64 or U8, got " + type);
    }
    return data;
  }

  /** The elements as little-endian bytes or values, whatever the type. */
  HostTensor data() {
    return data;
  }

  /**
   * A copy of the elements in memory that can be changed.
   *
   * @throws IllegalArgumentException for a type that bn4j does not compute with
   */
  public HostTensor copy() {
    HostTensor from = values();
    HostTensor to = HostTensor.allocate(from.dataType(), from.elements());
    from.copyTo(to);
    return to;
  }

  /** {@code F32 [64, 3, 3, 3]}. */
  @Override
  public String toString() {
    return type + " " + Arrays.toString(shape);
  }
}
