package io.github.bn4j.op;

/** What is applied after the normalization (and after adding the residual). */
public enum Activation {
  /** {@code y = z}. */
  NONE,
  /** {@code y = max(z, 0)}, NaN stays NaN; the gradient passes unless {@code z <= 0}. */
  RELU
}
