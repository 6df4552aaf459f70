package io.github.bn4j.train.engine;

import io.github.bn4j.op.Activation;

/**
 * A dense (linear, fully connected) layer: {@code y = act(x * weight^T + bias)}.
 *
 * @param batch rows of x and y
 * @param inputs columns of x
 * @param outputs columns of y
 * @param activation applied by forward; backward first masks dy in place
 * @param accumulate true if backward adds to the gradients of the weights instead of setting them:
 *     for weights that several steps share
 */
public record DenseSpec(
    long batch, long inputs, long outputs, Activation activation, boolean accumulate) {
  /** Checks the sizes. */
  public DenseSpec {
    Sizes.positive("batch", batch);
    Sizes.positive("inputs", inputs);
    Sizes.positive("outputs", outputs);
  }
}
