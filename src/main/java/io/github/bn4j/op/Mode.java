package io.github.bn4j.op;

/** Which statistics normalize, and what a backward pass means. Formulas: the package's page. */
public enum Mode {
  /** Batch statistics; running statistics are updated. */
  TRAINING,
  /**
   * Running statistics, or batch statistics where the spec does not track running ones; nothing is
   * updated and there is no backward pass.
   */
  INFERENCE,
  /** Running statistics as constants; nothing is updated; has a backward pass, for fine-tuning. */
  FROZEN
}
