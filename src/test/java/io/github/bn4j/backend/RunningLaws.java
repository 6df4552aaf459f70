package io.github.bn4j.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.op.AverageFactor;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.TensorShape;
import io.github.bn4j.op.VarianceKind;
import org.junit.jupiter.api.Test;

/** How running statistics move; agreement with the reference is a law of its own. */
public interface RunningLaws extends Judged {
  /** Two values per channel, so that statistics are exact. */
  TensorShape PAIR = TensorShape.of(2, 2);

  @Test
  default void running_cumulative_isTheMeanOverBatches() {
    BatchNormSpec spec =
        BatchNormSpec.builder(PAIR)
            .averageFactor(AverageFactor.CUMULATIVE)
            .varianceKind(VarianceKind.POPULATION)
            .build();
    try (Trial trial = trial(spec)) {
      trial.write(trial.running().batches(), HostTensor.of(0L));
      batch(trial, 3, 5); // mean 4, v 1
      batch(trial, 5, 11); // mean 8, v 9
      assertThat(trial.values(trial.running().mean())).containsOnly(6);
      assertThat(trial.values(trial.running().variance())).containsOnly(5);
      assertThat(trial.batches()).isEqualTo(2);
    }
  }

  @Test
  default void running_unbiased_doublesTheVarianceOfTwoValues() {
    BatchNormSpec spec = BatchNormSpec.builder(PAIR).averageFactor(AverageFactor.of(1)).build();
    try (Trial trial = trial(spec)) {
      batch(trial, 3, 5);
      assertThat(trial.values(trial.running().mean())).containsOnly(4);
      assertThat(trial.values(trial.running().variance())).containsOnly(2);
    }
  }

  @Test
  default void running_weightZero_onlyCounts() {
    BatchNormSpec spec = BatchNormSpec.builder(PAIR).averageFactor(AverageFactor.of(0)).build();
    try (Trial trial = trial(spec)) {
      long before = trial.batches();
      batch(trial, 3, 5);
      assertThat(trial.values(trial.running().mean())).containsExactly(trial.meanBefore());
      assertThat(trial.batches()).isEqualTo(before + 1);
    }
  }

  @Test
  default void running_largeCounter_keepsEveryDigit() {
    BatchNormSpec spec =
        BatchNormSpec.builder(PAIR).averageFactor(AverageFactor.CUMULATIVE).build();
    try (Trial trial = trial(spec)) {
      long large = (1L << 53) + 1; // not a double
      trial.write(trial.running().batches(), HostTensor.of(large));
      batch(trial, 3, 5);
      assertThat(trial.batches()).isEqualTo(large + 1);
    }
  }

  @Test
  default void running_noCounter_constantFactorNeedsNone() {
    BatchNormSpec spec = BatchNormSpec.builder(PAIR).averageFactor(AverageFactor.of(1)).build();
    try (Trial trial = trial(spec)) {
      ForwardTensors t = trial.forwardTensors();
      trial.write(t.x(), HostTensor.of(3f, 3, 5, 5));
      RunningStatistics uncounted =
          new RunningStatistics(trial.running().mean(), trial.running().variance(), null);
      trial
          .plan()
          .forward(
              ForwardTensors.builder(t.x(), t.y())
                  .affine(t.gamma(), t.beta())
                  .running(uncounted)
                  .saved(t.saved())
                  .build());
      assertThat(trial.values(trial.running().mean())).containsOnly(4);
    }
  }

  @Test
  default void running_inferenceAndFrozen_areUntouched() {
    for (Mode mode : new Mode[] {Mode.INFERENCE, Mode.FROZEN}) {
      BatchNormSpec spec = BatchNormSpec.builder(TensorShape.of(3, 4, 5)).mode(mode).build();
      try (Trial trial = trial(spec)) {
        trial.forward();
        if (mode == Mode.FROZEN) {
          trial.backward();
        }
        assertThat(trial.values(trial.running().mean())).containsExactly(trial.meanBefore());
        assertThat(trial.values(trial.running().variance()))
            .containsExactly(trial.varianceBefore());
        assertThat(trial.batches()).isEqualTo(trial.batchesBefore());
      }
    }
  }

  @Test
  default void running_training_isNotReadByTheOutput() {
    BatchNormSpec spec = BatchNormSpec.builder(TensorShape.of(4, 3, 5)).build();
    try (Trial trial = trial(spec)) {
      trial.forward();
      double[] y = trial.values(trial.forwardTensors().y());
      HostTensor poison = HostTensor.allocate(DataType.F32, 3);
      for (int c = 0; c < 3; c++) {
        poison.set(c, Double.NaN);
      }
      trial.write(trial.running().mean(), poison);
      trial.write(trial.running().variance(), poison);
      trial.forward();
      assertThat(trial.values(trial.forwardTensors().y())).containsExactly(y);
    }
  }

  @Test
  default void running_untracked_isIgnoredIfGiven() {
    BatchNormSpec tracked = BatchNormSpec.builder(TensorShape.of(4, 3, 5)).build();
    for (Mode mode : new Mode[] {Mode.TRAINING, Mode.INFERENCE}) {
      BatchNormSpec untracked =
          tracked.toBuilder().mode(mode).trackRunningStatistics(false).build();
      assumeSupported(untracked);
      try (Trial trial = trial(tracked);
          Plan plan = backend().plan(untracked, options())) {
        plan.forward(trial.forwardTensors());
        assertThat(trial.values(trial.running().mean())).containsExactly(trial.meanBefore());
        assertThat(trial.batches()).isEqualTo(trial.batchesBefore());
        double[] y = trial.values(trial.forwardTensors().y());
        trial.forward();
        assertThat(trial.values(trial.forwardTensors().y())).containsExactly(y);
      }
    }
  }

  private static void batch(Trial trial, float first, float second) {
    trial.write(trial.forwardTensors().x(), HostTensor.of(first, first, second, second));
    trial.forward();
  }
}
