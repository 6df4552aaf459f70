package io.github.bn4j.bench;

/**
 * How long and how a benchmark measures.
 *
 * @param threads threads of host backends and of the copy; 0 for all processors
 * @param groups groups of calls, of which the median is taken; odd is best
 * @param groupMillis least time of a group
 * @param warmupMillis least time before measuring; enough for the compiler to settle
 * @param cold true to rotate tensors, so that a call finds none of its own in a cache
 */
public record BenchmarkOptions(
    int threads, int groups, int groupMillis, int warmupMillis, boolean cold) {
  /** All processors; 11 groups of 20 ms after 500 ms; the same tensors again and again. */
  public static final BenchmarkOptions DEFAULT = new BenchmarkOptions(0, 11, 20, 500, false);

  /** Checks the ranges. */
  public BenchmarkOptions {
    if (threads < 0 || groups < 1 || groupMillis < 0 || warmupMillis < 0) {
      throw new IllegalArgumentException(
          "benchmark: expected threads >= 0, groups >= 1, times >= 0, got %d, %d, %d ms and %d ms"
              .formatted(threads, groups, groupMillis, warmupMillis));
    }
  }

  /** These options with another number of threads. */
  public BenchmarkOptions withThreads(int value) {
    return new BenchmarkOptions(value, groups, groupMillis, warmupMillis, cold);
  }

  /** These options, cold or warm. */
  public BenchmarkOptions withCold(boolean value) {
    return new BenchmarkOptions(threads, groups, groupMillis, warmupMillis, value);
  }

  /** The number of threads meant by {@link #threads}. */
  public int threadCount() {
    return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }
}
