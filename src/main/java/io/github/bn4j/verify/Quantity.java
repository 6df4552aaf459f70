package io.github.bn4j.verify;

/** A result of a forward or backward pass. */
public enum Quantity {
  /** The output. */
  Y("y"),
  /** Batch mean left for the backward pass. */
  SAVED_MEAN("saved.mean"),
  /** Batch {@code 1 / sqrt(v + epsilon)} left for the backward pass. */
  SAVED_INV_STD("saved.invStd"),
  /** Running mean after the pass. */
  RUNNING_MEAN("running.mean"),
  /** Running variance after the pass. */
  RUNNING_VARIANCE("running.variance"),
  /** Counter of batches after the pass. */
  BATCHES("running.batches"),
  /** Channel updates skipped because of NaN or infinity. */
  SKIPPED("skipped updates"),
  /** Gradient of the input. */
  DX("dx"),
  /** Gradient of the residual. */
  D_RESIDUAL("dResidual"),
  /** Gradient of the scale. */
  D_GAMMA("dGamma"),
  /** Gradient of the shift. */
  D_BETA("dBeta");

  private final String label;

  Quantity(String label) {
    this.label = label;
  }

  /** The name in reports: as in code and documents. */
  public String label() {
    return label;
  }

  /** True for what has one element per channel and comes of a sum over it. */
  boolean isStatistic() {
    return this == SAVED_MEAN
        || this == SAVED_INV_STD
        || this == RUNNING_MEAN
        || this == RUNNING_VARIANCE;
  }
}
