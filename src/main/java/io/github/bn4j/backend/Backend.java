package io.github.bn4j.backend;

import io.github.bn4j.op.BatchNormSpec;

/** One implementation of batch normalization. Thread-safe. */
public interface Backend {
  /** The name used on the command line, in logs and in reports. */
  String name();

  /**
   * Whether this machine can run the backend at all. Found out once, then remembered; never throws.
   */
  Support available();

  /**
   * Whether the backend can compute this spec here; includes {@link #available()}. Never throws.
   */
  Support supports(BatchNormSpec spec);

  /**
   * Prepares a spec for execution.
   *
   * @throws IllegalArgumentException if the spec is not supported, with the reason of {@link
   *     #supports}
   */
  Plan plan(BatchNormSpec spec, PlanOptions options);

  /**
   * True if plans work on tensors in a device's memory; backends of one place share their tensors.
   */
  default boolean onDevice() {
    return false;
  }

  /**
   * False if a plan learns the batch variance only as {@code 1 / sqrt(v + epsilon)}, as a library
   * saves it: the running variance is then known to an ulp of {@code v + epsilon}, not of v.
   */
  default boolean knowsBatchVariance() {
    return true;
  }

  /** Memory that this backend's plans work on. */
  Memory memory(PlanOptions options);
}
