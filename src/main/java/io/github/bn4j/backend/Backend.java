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

  /** Memory that this backend's plans work on. */
  Memory memory(PlanOptions options);
}
