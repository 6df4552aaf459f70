package io.github.bn4j.op;

/**
 * What TRAINING does with one value per channel ({@code m = 1}), whose unbiased variance is 0 / 0.
 */
public enum SingleValuePolicy {
  /** Refuse the spec: the default, since such a batch is nearly always a mistake. */
  ERROR,
  /** Normalize with {@code v = 0}; running statistics and their batch counter stay untouched. */
  KEEP_RUNNING,
  /**
   * Normalize with {@code v = 0}, and let the running variance take {@code v = 0} as its new value.
   */
  POPULATION
}
