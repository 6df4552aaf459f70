package io.github.bn4j.train.engine;

/** A function of single elements whose derivative follows from its result. */
public enum Pointwise {
  /** {@code y = max(x, 0)}, NaN stays NaN; {@code dx = dy} unless {@code y <= 0}, else 0. */
  RELU,
  /** {@code y = tanh(x)}; {@code dx = dy * (1 - y * y)}. */
  TANH
}
