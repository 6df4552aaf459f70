package io.github.bn4j.train.engine;

import io.github.bn4j.op.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The activations that flow through a step, all f32.
 *
 * @param x input
 * @param y output
 * @param dy gradient of y; null if there is no backward pass
 * @param dx where the gradient of x is written; null if nobody wants it, as of the first step
 */
public record Flow(Tensor x, Tensor y, @Nullable Tensor dy, @Nullable Tensor dx) {
  /** Only forward, as in an evaluation. */
  public static Flow forwardOnly(Tensor x, Tensor y) {
    return new Flow(x, y, null, null);
  }
}
