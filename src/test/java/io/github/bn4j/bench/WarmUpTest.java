package io.github.bn4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class WarmUpTest {
  private static final int LEAST_MILLIS = 10;

  private long millis;
  private long compiled;
  private int most;

  /** A group takes a millisecond, whatever its calls. */
  private double call(int calls, double microseconds) {
    millis++;
    most = Math.max(most, calls);
    return microseconds;
  }

  private long nanos() {
    return millis * 1_000_000;
  }

  @Test
  void during_noTime_isOneGroupOfOneCall() {
    assertThat(WarmUp.during(calls -> call(calls, 7), 0)).isEqualTo(7);
    assertThat(most).isEqualTo(1);
    assertThat(millis).isEqualTo(1);
  }

  @Test
  void untilSettled_nothingCompiled_takesTheLeastTime() {
    WarmUp.untilSettled(calls -> call(calls, 100), LEAST_MILLIS, () -> 7, this::nanos);
    assertThat(millis).isEqualTo(LEAST_MILLIS);
    assertThat(most).isEqualTo(1 << (LEAST_MILLIS - 1));
  }

  @Test
  void untilSettled_compilerAtWork_looksForFasterCalls() {
    double last =
        WarmUp.untilSettled(
            calls -> call(calls, millis < 3 * LEAST_MILLIS ? 100 : 50),
            LEAST_MILLIS,
            () -> compiled++,
            this::nanos);
    assertThat(last).isEqualTo(50);
    assertThat(millis).isBetween(7L * LEAST_MILLIS, 8L * LEAST_MILLIS);
  }

  @Test
  void untilSettled_everFaster_endsSomeTime() {
    WarmUp.untilSettled(
        calls -> call(calls, 1e9 * Math.pow(0.8, (double) millis)),
        LEAST_MILLIS,
        () -> compiled++,
        this::nanos);
    assertThat(millis).isEqualTo(20 * LEAST_MILLIS);
  }
}
