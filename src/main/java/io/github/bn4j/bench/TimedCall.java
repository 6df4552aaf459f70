package io.github.bn4j.bench;

/** A call in this process, timed by a yardstick. */
final class TimedCall implements Timed {
  /** Calls after which a group is long enough whatever its time. */
  private static final int MOST_CALLS = 100_000;

  private final BenchmarkOptions options;
  private final Yardstick yardstick;
  private final Runnable call;
  private int calls = 1;

  TimedCall(BenchmarkOptions options, Yardstick yardstick, Runnable call) {
    this.options = options;
    this.yardstick = yardstick;
    this.call = call;
  }

  @Override
  public void warmUp() {
    int millis = options.warmupMillis();
    double each =
        yardstick.clock() == Clock.HOST
            ? WarmUp.untilSettled(several -> yardstick.microseconds(call, several), millis)
            : WarmUp.during(several -> yardstick.microseconds(call, several), millis);
    calls = (int) Math.min(MOST_CALLS, Math.max(1, Math.ceil(options.groupMillis() * 1e3 / each)));
  }

  /**
   * One call goes before the clock starts: others may have used the caches, or slept, meanwhile.
   */
  @Override
  public double group() {
    call.run();
    return yardstick.microseconds(call, calls);
  }
}
