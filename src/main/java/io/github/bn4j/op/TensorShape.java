package io.github.bn4j.op;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Batch, channels and spatial sizes of an activation tensor, in this order whatever its layout.
 *
 * <p>All sizes and products are 64-bit. The batch or a spatial size may be 0 (an empty batch).
 */
public final class TensorShape {
  private final long[] sizes;
  private final long spatialSize;
  private final long elements;

  private TensorShape(long[] sizes) {
    if (sizes.length < 2) {
      throw new IllegalArgumentException(
          "shape: expected at least 2 sizes (batch, channels, spatial...), got "
              + Arrays.toString(sizes));
    }
    long spatial = 1;
    long all = 1;
    try {
      for (int i = 0; i < sizes.length; i++) {
        if (sizes[i] < 0 || (i == 1 && sizes[i] == 0)) {
          throw new IllegalArgumentException(
              "shape: expected sizes >= 0 and at least 1 channel, got " + Arrays.toString(sizes));
        }
        spatial = i >= 2 ? Math.multiplyExact(spatial, sizes[i]) : spatial;
        all = Math.multiplyExact(all, sizes[i]);
      }
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "shape: expected fewer than 2^63 elements, got " + Arrays.toString(sizes), e);
    }
    this.sizes = sizes;
    this.spatialSize = spatial;
    this.elements = all;
  }

  /**
   * A shape of the given sizes: batch, channels, then any number of spatial sizes.
   *
   * @throws IllegalArgumentException for fewer than two sizes, a negative size, no channel, or 2^63
   *     elements and more
   */
  public static TensorShape of(long... batchChannelsSpatial) {
    return new TensorShape(batchChannelsSpatial.clone());
  }

  /**
   * The shape of a tensor whose sizes are listed in memory order.
   *
   * @param memorySizes slowest axis first, as in a safetensors or npy file
   */
  public static TensorShape ofMemoryOrder(Layout layout, long... memorySizes) {
    long[] sizes = memorySizes.clone();
    if (layout == Layout.CHANNEL_LAST && sizes.length > 2) {
      sizes[1] = memorySizes[memorySizes.length - 1];
      System.arraycopy(memorySizes, 1, sizes, 2, sizes.length - 2);
    }
    return new TensorShape(sizes);
  }

  /** The sizes in the order in which they lie in memory, slowest axis first. */
  public long[] memoryOrder(Layout layout) {
    long[] memory = sizes.clone();
    if (layout == Layout.CHANNEL_LAST) {
      System.arraycopy(sizes, 2, memory, 1, sizes.length - 2);
      memory[memory.length - 1] = sizes[1];
    }
    return memory;
  }

  /** Number of axes, at least 2. */
  public int rank() {
    return sizes.length;
  }

  /** Samples in the batch, {@code n}. */
  public long batch() {
    return sizes[0];
  }

  /** Channels, {@code c}, at least 1. */
  public long channels() {
    return sizes[1];
  }

  /** Positions per sample and channel: the product of the spatial sizes, 1 for rank 2. */
  public long spatialSize() {
    return spatialSize;
  }

  /** All elements. */
  public long elements() {
    return elements;
  }

  /** {@code m}, the values that one channel's statistics are made of. */
  public long valuesPerChannel() {
    return sizes[0] * spatialSize;
  }

  /** The sizes: batch, channels, spatial... */
  public long[] sizes() {
    return sizes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TensorShape that && Arrays.equals(sizes, that.sizes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(sizes);
  }

  /** The sizes joined by x, batch first: {@code 32x64x56x56}. */
  @Override
  public String toString() {
    return Arrays.stream(sizes).mapToObj(Long::toString).collect(Collectors.joining("x"));
  }
}
