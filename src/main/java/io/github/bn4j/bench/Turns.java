package io.github.bn4j.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs several calls in turns, a group of each, so that a disturbance meets all of them. */
final class Turns {
  /** Lets threads that spin after their work, such as OpenMP's of a peer, go to sleep. */
  private static final int PAUSE_MILLIS = 10;

  private final int groups;
  private final int pauseMillis;

  private Turns(int groups, int pauseMillis) {
    this.groups = groups;
    this.pauseMillis = pauseMillis;
  }

  static Turns without(BenchmarkOptions options) {
    return new Turns(options.groups(), 0);
  }

  static Turns withPeers(BenchmarkOptions options) {
    return new Turns(options.groups(), PAUSE_MILLIS);
  }

  /**
   * How it ended for one call.
   *
   * @param medianUs microseconds per call, the median over groups
   * @param failure why there is no time; null if there is one
   */
  record Outcome(double medianUs, @Nullable String failure) {}

  /** One outcome per call, in their order. */
  List<Outcome> run(List<Timed> calls) {
    double[][] times = new double[calls.size()][groups];
    String[] failures = new String[calls.size()];
    for (int turn = -1; turn < groups; turn++) {
      for (int i = 0; i < calls.size(); i++) {
        if (failures[i] != null) {
          continue;
        }
        pause();
        try {
          if (turn < 0) {
            calls.get(i).warmUp();
          } else {
            times[i][turn] = calls.get(i).group();
          }
        } catch (PeerFailure e) {
          failures[i] = String.valueOf(e.getMessage());
        }
      }
    }
    List<Outcome> outcomes = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      outcomes.add(new Outcome(median(times[i]), failures[i]));
    }
    return outcomes;
  }

  private void pause() {
    if (pauseMillis == 0) {
      return;
    }
    try {
      Thread.sleep(pauseMillis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The middle value; of an even number, the mean of the two in the middle. */
  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
