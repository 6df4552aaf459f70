package io.github.bn4j.train.engine;

import io.github.bn4j.op.TensorShape;

/**
 * Maximum over windows, NCHW, without padding; rows and columns that fill no window are left out.
 * The gradient goes to the first maximum of its window in row order, NaN being a maximum; windows
 * that overlap add up.
 *
 * @param input batch x channels x height x width
 * @param kernel height and width of a window
 * @param stride distance of neighbouring windows
 */
public record PoolSpec(TensorShape input, int kernel, int stride) {
  /** Checks the sizes. */
  public PoolSpec {
    Sizes.images("input", input);
    Sizes.window(input, kernel, stride, 0);
  }

  /** Sizes of y. */
  public TensorShape output() {
    return Sizes.windows(input, input.channels(), kernel, stride, 0);
  }
}
