package io.github.bn4j.bench;

/** Runs pass and copy in turns, a group of calls each, and takes the medians. */
final class Turns {
  /** Calls after which a group is long enough whatever its time. */
  private static final int MOST_CALLS = 100_000;

  private final BenchmarkOptions options;
  private final Yardstick yardstick;

  Turns(BenchmarkOptions options, Yardstick yardstick) {
    this.options = options;
    this.yardstick = yardstick;
  }

  BenchmarkRow.Times run(Runnable pass, Runnable copy, long copyBytes) {
    int passCalls = warmUp(pass);
    int copyCalls = warmUp(copy);
    double[] passTimes = new double[options.groups()];
    double[] copyTimes = new double[options.groups()];
    for (int g = 0; g < options.groups(); g++) {
      passTimes[g] = yardstick.microseconds(pass, passCalls);
      copyTimes[g] = yardstick.microseconds(copy, copyCalls);
    }
    return new BenchmarkRow.Times(
        Benchmark.median(passTimes), Benchmark.median(copyTimes), copyBytes);
  }

  /** Runs until the warm-up time is over; returns the calls that fill a group. */
  private int warmUp(Runnable call) {
    long end = System.nanoTime() + options.warmupMillis() * 1_000_000L;
    double each;
    int calls = 1;
    do {
      each = yardstick.microseconds(call, calls);
      calls = Math.min(1000, calls * 2);
    } while (System.nanoTime() < end);
    return (int) Math.min(MOST_CALLS, Math.max(1, Math.ceil(options.groupMillis() * 1e3 / each)));
  }
}
