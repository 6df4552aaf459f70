package io.github.bn4j.op;

/**
 * What TRAINING does with the running statistics of a channel whose batch mean or variance is NaN
 * or infinite. The output of such a channel is NaN either way; other channels are not affected.
 */
public enum NonFinitePolicy {
  /** Update as always: the running statistics become NaN or infinite too, as in PyTorch. */
  PROPAGATE,
  /**
   * Leave the running statistics of that channel as they were, and count it ({@code
   * Plan.skippedUpdates()}). The batch counter still advances.
   */
  SKIP_UPDATE
}
