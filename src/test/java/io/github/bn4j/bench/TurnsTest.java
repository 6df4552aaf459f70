package io.github.bn4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TurnsTest {
  private final List<String> order = new ArrayList<>();

  /** Takes 1, 2, 3... microseconds, times its factor, and can fail in a group. */
  private final class Fake implements Timed {
    private final String name;
    private final int factor;
    private final int failing;
    private int group;

    Fake(String name, int factor, int failing) {
      this.name = name;
      this.factor = factor;
      this.failing = failing;
    }

    @Override
    public void warmUp() {
      order.add(name + " warm");
    }

    @Override
    public double group() {
      order.add(name);
      group++;
      if (group == failing) {
        throw new PeerFailure("it broke");
      }
      return group * factor;
    }
  }

  private static BenchmarkOptions groups(int number) {
    return new BenchmarkOptions(1, number, 0, 0, false, 0);
  }

  @Test
  void run_takesTurnsAndTheMedian() {
    List<Turns.Outcome> outcomes =
        Turns.withPeers(groups(3)).run(List.of(new Fake("a", 1, 0), new Fake("b", 10, 0)));

    assertThat(order).containsExactly("a warm", "b warm", "a", "b", "a", "b", "a", "b");
    assertThat(outcomes).containsExactly(new Turns.Outcome(2, null), new Turns.Outcome(20, null));
  }

  @Test
  void peerThatFails_leavesTheOthersTheirTimes() {
    List<Turns.Outcome> outcomes =
        Turns.without(groups(3)).run(List.of(new Fake("a", 1, 0), new Fake("b", 10, 2)));

    assertThat(order).containsExactly("a warm", "b warm", "a", "b", "a", "b", "a");
    assertThat(outcomes.get(0)).isEqualTo(new Turns.Outcome(2, null));
    assertThat(outcomes.get(1).failure()).isEqualTo("it broke");
  }
}
