package io.github.bn4j.train.engine;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.Support;

/** Says whether an engine can run on this machine, and opens it. Thread-safe. */
public interface EngineProvider {
  /** True if its tensors are in a device's memory. */
  boolean onDevice();

  /** Whether this machine can run it; found out once, never throws. */
  Support available();

  /**
   * Opens the engine.
   *
   * @param options threads, or device and stream
   * @throws IllegalArgumentException if it is not available, with the reason
   */
  Engine open(PlanOptions options);
}
