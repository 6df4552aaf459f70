package io.github.bn4j.bench;

/**
 * One measured line.
 *
 * @param shape sizes joined by x, batch and channels first whatever the layout
 * @param layout {@code nchw} or {@code nhwc}
 * @param dtype label of the type
 * @param op label of the pass
 * @param backend name of the backend
 * @param times what the clock said
 * @param floorBytes bytes that cannot be avoided
 * @param cold true if the tensors were not in a cache when a call began
 */
public record BenchmarkRow(
    String shape,
    String layout,
    String dtype,
    String op,
    String backend,
    Times times,
    long floorBytes,
    boolean cold) {

  /**
   * Medians over the groups.
   *
   * @param medianUs microseconds of one call
   * @param copyUs microseconds of a copy of one activation tensor
   * @param copyBytes bytes that the copy reads and writes
   */
  public record Times(double medianUs, double copyUs, long copyBytes) {}

  /** Microseconds of one call, the median over groups of calls. */
  public double medianUs() {
    return times.medianUs();
  }

  /** Floor bytes per time, in 10^9 bytes per second. */
  public double gbps() {
    return gigabytes(floorBytes, times.medianUs());
  }

  /** Bytes that a copy reads and writes per time, in 10^9 bytes per second. */
  public double copyGbps() {
    return gigabytes(times.copyBytes(), times.copyUs());
  }

  /** {@link #gbps} in percent of {@link #copyGbps}. */
  public double percentOfCopy() {
    return 100 * gbps() / copyGbps();
  }

  private static double gigabytes(long bytes, double microseconds) {
    return microseconds == 0 ? 0 : bytes / microseconds / 1000;
  }
}
