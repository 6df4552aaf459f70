package io.github.bn4j.op;

/**
 * Which variance of the batch goes into the running variance. The batch itself is always normalized
 * with the population variance.
 */
public enum VarianceKind {
  /** {@code v * m / (m - 1)}. */
  UNBIASED,
  /** {@code v}. */
  POPULATION
}
