package io.github.bn4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bn4j.backend.ptx.Tier;
import io.github.bn4j.backend.ptx.Way;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TunerTest {
  private static Tuner.Trial trial(Tier usual, Map<Tier, Double> us) {
    Map<Way, Double> ways = new HashMap<>();
    us.forEach((tier, time) -> ways.put(Way.of(tier), time));
    return new Tuner.Trial("forward 2x3 nchw f32", Way.of(usual), ways);
  }

  @Test
  void best_isTheFastest() {
    Tuner.Trial trial = trial(Tier.BLOCK, Map.of(Tier.BLOCK, 3.0, Tier.GRID, 2.0));

    assertThat(trial.best()).isEqualTo(Way.of(Tier.GRID));
    assertThat(trial.gain()).isCloseTo(1.5, within(1e-12));
    assertThat(trial.note()).isEqualTo("grid 2.0 us, block 3.0 us");
    assertThat(trial.entry().way()).isEqualTo(Way.of(Tier.GRID));
  }

  @Test
  void best_withinNoise_staysTheUsualOne() {
    assertThat(trial(Tier.GRID, Map.of(Tier.GRID, 2.03, Tier.BLOCK, 2.0)).best())
        .isEqualTo(Way.of(Tier.GRID));
    assertThat(trial(Tier.GRID, Map.of(Tier.GRID, 2.05, Tier.BLOCK, 2.0)).best())
        .isEqualTo(Way.of(Tier.BLOCK));
  }

  @Test
  void usualNotMeasured_theFastestOfTheOthers() {
    Tuner.Trial trial = trial(Tier.CLUSTER, Map.of(Tier.TWO_PASS, 4.0));

    assertThat(trial.best()).isEqualTo(Way.of(Tier.TWO_PASS));
    assertThat(trial.gain()).isNaN();
  }
}
