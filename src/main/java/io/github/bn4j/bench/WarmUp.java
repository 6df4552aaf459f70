package io.github.bn4j.bench;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.IntToDoubleFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Calls that go before a measurement, until they take as long as they always will. */
public final class WarmUp {
  /**
   * How many times the least time to go on looking for a faster call, where the compiler has been
   * at work. It works beside the calls, on a processor that these use too: with 2 processors, 1.3
   * seconds went by between one step of backward 32x256x14x14 and the next, which took a third of
   * the time.
   */
  private static final int PATIENCE = 4;

  /** Warming up ends after so many times the least time, settled or not. */
  private static final int MOST = 20;

  /** Less than this of the best time is faster, and no chance. */
  private static final double FASTER = 0.9;

  private static final int MOST_CALLS = 1000;

  private static final @Nullable CompilationMXBean COMPILER =
      ManagementFactory.getCompilationMXBean();

  private WarmUp() {}

  /**
   * Runs calls of this process until none has been faster for a while.
   *
   * @param microseconds runs so many calls in a row; microseconds per call
   * @param leastMillis least time, of which the while is a multiple
   * @return microseconds per call, at last
   */
  public static double untilSettled(IntToDoubleFunction microseconds, int leastMillis) {
    return untilSettled(microseconds, leastMillis, WarmUp::compiled, System::nanoTime);
  }

  /**
   * Likewise.
   *
   * @param compiled how much has been compiled: nothing more, and there is nothing to look for
   * @param clock nanoseconds
   */
  static double untilSettled(
      IntToDoubleFunction microseconds,
      int leastMillis,
      LongSupplier compiled,
      LongSupplier clock) {
    long least = leastMillis * 1_000_000L;
    long before = compiled.getAsLong();
    long begin = clock.getAsLong();
    long bestAt = begin;
    double best = Double.POSITIVE_INFINITY;
    int calls = 1;
    while (true) {
      double each = microseconds.applyAsDouble(calls);
      long now = clock.getAsLong();
      if (each < FASTER * best) {
        best = each;
        bestAt = now;
      }
      if (now - begin < least) {
        calls = Math.min(MOST_CALLS, calls * 2);
      } else if (compiled.getAsLong() == before
          || now - bestAt >= PATIENCE * least
          || now - begin >= MOST * least) {
        return each;
      }
    }
  }

  /** Runs calls for a time; microseconds per call, at last. */
  static double during(IntToDoubleFunction microseconds, int millis) {
    return untilSettled(microseconds, millis, () -> 0, System::nanoTime);
  }

  /** Milliseconds that the compiler has taken; always another number if that is not known. */
  private static long compiled() {
    return COMPILER != null && COMPILER.isCompilationTimeMonitoringSupported()
        ? COMPILER.getTotalCompilationTime()
        : System.nanoTime();
  }
}
