package io.github.bn4j.train.cpu;

import io.github.bn4j.op.ArrayTensor;
import io.github.bn4j.op.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Where the elements of an f32 tensor lie.
 *
 * @param array holds them
 * @param at index of the first
 * @param length their number
 */
// A view that is never compared.
@SuppressWarnings("ArrayRecordComponent")
record Floats(float[] array, int at, int length) {
  /**
   * The elements of a tensor.
   *
   * @throws IllegalArgumentException unless it is an f32 array of the JVM with so many elements
   */
  static Floats of(String name, Tensor tensor, long elements) {
    if (tensor instanceof ArrayTensor inArray
        && inArray.array() instanceof float[] values
        && tensor.elements() == elements) {
      return new Floats(values, inArray.offset(), Math.toIntExact(elements));
    }
    throw new IllegalArgumentException(
        "%s: expected %d elements of f32 in an array of the JVM, got %d of %s"
            .formatted(name, elements, tensor.elements(), tensor.dataType().label()));
  }

  /** As {@link #of}; null for null. */
  static @Nullable Floats ofNullable(String name, @Nullable Tensor tensor, long elements) {
    return tensor == null ? null : of(name, tensor, elements);
  }
}
