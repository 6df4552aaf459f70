package io.github.bn4j.bench;

/** Told how far a benchmark is. */
public interface BenchmarkListener {
  /** A listener that ignores everything. */
  BenchmarkListener NONE = new BenchmarkListener() {};

  /**
   * A measurement begins.
   *
   * @param done measurements finished or skipped so far
   * @param total measurements in all
   * @param what backend and case
   */
  default void started(int done, int total, String what) {}

  /** A measurement is not possible. */
  default void skipped(String what, String reason) {}

  /** A measurement is done. */
  default void finished(BenchmarkRow row) {}
}
