package io.github.bn4j.train.engine;

import io.github.bn4j.op.TensorShape;

/** Checks of sizes, and the sizes of sliding windows. */
final class Sizes {
  private Sizes() {}

  static void positive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + ": expected at least 1, got " + value);
    }
  }

  static void images(String name, TensorShape shape) {
    if (shape.rank() != 4 || shape.elements() == 0) {
      throw new IllegalArgumentException(
          name + ": expected batch x channels x height x width, each at least 1, got " + shape);
    }
  }

  static void window(TensorShape input, int kernel, int stride, int padding) {
    positive("kernel", kernel);
    positive("stride", stride);
    long least = Math.min(input.sizes()[2], input.sizes()[3]) + 2L * padding;
    if (padding < 0 || padding >= kernel || kernel > least) {
      throw new IllegalArgumentException(
          "kernel: expected at most height and width of %s with padding in [0, kernel), got kernel %d, padding %d"
              .formatted(input, kernel, padding));
    }
  }

  static TensorShape windows(
      TensorShape input, long channels, int kernel, int stride, int padding) {
    long[] sizes = input.sizes();
    return TensorShape.of(
        sizes[0],
        channels,
        (sizes[2] + 2L * padding - kernel) / stride + 1,
        (sizes[3] + 2L * padding - kernel) / stride + 1);
  }
}
