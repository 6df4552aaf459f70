package io.github.bn4j.bench;

/**
 * How long and how a benchmark measures.
 *
 * @param threads threads of host backends and of the copy; 0 for all processors
 * @param groups groups of calls, of which the median is taken; odd is best
 * @param groupMillis least time of a group
 * @param warmupMillis least time before measuring; on the host it goes on while calls get faster
 * @param cold true to rotate tensors, so that a call finds none of its own in a cache
 * @param limitBytes most bytes of activation tensors of a case, larger ones are left out; 0 for
 *     what fits into memory
 */
public record BenchmarkOptions(
    int threads, int groups, int groupMillis, int warmupMillis, boolean cold, long limitBytes) {
  /** All processors; 11 groups of 20 ms after 500 ms at least; the same tensors again and again. */
  public static final BenchmarkOptions DEFAULT = new BenchmarkOptions(0, 11, 20, 500, false, 0);

  /** Checks the ranges. */
  public BenchmarkOptions {
    check("threads", threads, 0);
    check("groups", groups, 1);
    check("group time", groupMillis, 0);
    check("warm-up time", warmupMillis, 0);
    check("limit of bytes", limitBytes, 0);
  }

  private static void check(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(
          "%s: expected a number >= %d, got %d".formatted(name, least, value));
    }
  }

  /** These options with another number of threads. */
  public BenchmarkOptions withThreads(int value) {
    return new BenchmarkOptions(value, groups, groupMillis, warmupMillis, cold, limitBytes);
  }

  /** These options, cold or warm. */
  public BenchmarkOptions withCold(boolean value) {
    return new BenchmarkOptions(threads, groups, groupMillis, warmupMillis, value, limitBytes);
  }

  /** These options with another number of groups. */
  public BenchmarkOptions withGroups(int value) {
    return new BenchmarkOptions(threads, value, groupMillis, warmupMillis, cold, limitBytes);
  }

  /** These options with another limit of memory. */
  public BenchmarkOptions withLimit(long bytes) {
    return new BenchmarkOptions(threads, groups, groupMillis, warmupMillis, cold, bytes);
  }

  /** The number of threads meant by {@link #threads}. */
  public int threadCount() {
    return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }
}
