package io.github.bn4j.bench;

/**
 * One measured line.
 *
 * @param each what was measured
 * @param by who did it
 * @param times what the clock said
 * @param cold true if the tensors were not in a cache when a call began
 */
public record BenchmarkRow(BenchmarkCase each, By by, Times times, boolean cold) {
  /**
   * Who computed, and what its time was taken with.
   *
   * @param name of the backend, or of somebody else's implementation
   * @param peer true if the kernels are not ours, which is so for cuDNN's too
   */
  public record By(String name, boolean peer, Clock clock) {}

  /**
   * Medians over the groups.
   *
   * @param medianUs microseconds of one call
   * @param copyUs microseconds of a copy of one activation tensor; 0 if none was measured
   * @param copyBytes bytes that the copy reads and writes
   */
  public record Times(double medianUs, double copyUs, long copyBytes) {}

  /** True if {@link #gbps} says something: not for the cost of a launch. */
  public boolean hasBandwidth() {
    return each.goal() == BenchmarkCase.Goal.TIME;
  }

  /** Microseconds of one call, the median over groups of calls. */
  public double medianUs() {
    return times.medianUs();
  }

  /** Floor bytes per time, in 10^9 bytes per second. */
  public double gbps() {
    return gigabytes(each.floorBytes(), times.medianUs());
  }

  /** Bytes that a copy reads and writes per time, in 10^9 bytes per second. */
  public double copyGbps() {
    return gigabytes(times.copyBytes(), times.copyUs());
  }

  /** {@link #gbps} in percent of {@link #copyGbps}. */
  public double percentOfCopy() {
    return copyGbps() == 0 ? 0 : 100 * gbps() / copyGbps();
  }

  private static double gigabytes(long bytes, double microseconds) {
    return microseconds == 0 ? 0 : bytes / microseconds / 1000;
  }
}
