package io.github.bn4j.backend;

import org.jspecify.annotations.Nullable;

/**
 * Where and how a plan executes, as far as the caller cares.
 *
 * @param threads threads of a CPU plan; 0 for as many as there are processors
 * @param device ordinal of the device of a GPU plan; ignored if a stream is given
 * @param stream the caller's stream that GPU work is queued on; null for the backend's own stream
 *     of the device
 */
public record PlanOptions(int threads, int device, @Nullable DeviceStream stream) {
  /** All processors, device 0, the backend's own stream. */
  public static final PlanOptions DEFAULT = new PlanOptions(0, 0, null);

  /** Checks the range of threads and device. */
  public PlanOptions {
    if (threads < 0) {
      throw new IllegalArgumentException(
          "threads: expected a number >= 0 (0 for all processors), got " + threads);
    }
    if (device < 0) {
      throw new IllegalArgumentException("device: expected an ordinal >= 0, got " + device);
    }
  }

  /** These options with another number of CPU threads. */
  public PlanOptions withThreads(int value) {
    return new PlanOptions(value, device, stream);
  }
}
