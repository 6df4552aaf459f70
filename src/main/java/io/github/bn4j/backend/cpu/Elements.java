package io.github.bn4j.backend.cpu;

import io.github.bn4j.op.ArrayTensor;
import io.github.bn4j.op.HostTensor;
import org.jspecify.annotations.Nullable;

/**
 * How one accumulation type is stored, loaded and rounded: the only difference between the types
 * that the walk over a tensor knows. One object per thread, since some have scratch memory.
 *
 * @param <A> the array type
 */
abstract class Elements<A> {
  abstract A allocate(int length);

  /** True if the tensor's array is an {@code A} that kernels can work on directly. */
  abstract boolean holds(ArrayTensor tensor);

  /** The tensor's array; only if it {@link #holds}. */
  abstract A arrayOf(ArrayTensor tensor);

  /** The 16-bit patterns that a tensor is an array of, or null if it is something else. */
  short @Nullable [] bits(HostTensor tensor) {
    return null;
  }

  /** Copies and converts a region to the start of an array, rows packed. */
  abstract void load(HostTensor from, Region region, A into);

  /** Converts and copies packed rows from the start of an array to a region. */
  abstract void store(HostTensor to, Region region, A from);

  abstract double get(A array, int index);

  /** Sets the elements from (inclusive) to (exclusive), rounded. */
  abstract void fill(A array, int from, int to, double value);

  /** Copies a run of elements to the start of an array of doubles. */
  abstract void widen(A from, int at, double[] into, int count);

  /** Copies a run of doubles to the start of an array, rounded. */
  abstract void narrow(double[] from, int at, A into, int count);

  /** The nearest value of the accumulation type. */
  abstract double round(double value);

  /** Copies a region whose elements need no conversion. */
  static void loadRaw(HostTensor from, Region region, Object into) {
    if (region.isContiguous()) {
      from.readRaw(region.index(), into, 0, region.elements());
      return;
    }
    for (int r = 0; r < region.rows(); r++) {
      from.readRaw(region.row(r), into, r * region.length(), region.length());
    }
  }

  /** Copies packed rows that need no conversion to a region. */
  static void storeRaw(HostTensor to, Region region, Object from) {
    if (region.isContiguous()) {
      to.writeRaw(region.index(), from, 0, region.elements());
      return;
    }
    for (int r = 0; r < region.rows(); r++) {
      to.writeRaw(region.row(r), from, r * region.length(), region.length());
    }
  }
}
