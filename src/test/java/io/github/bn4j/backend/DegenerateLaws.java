package io.github.bn4j.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.op.Activation;
import io.github.bn4j.op.AverageFactor;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.NonFinitePolicy;
import io.github.bn4j.op.SingleValuePolicy;
import io.github.bn4j.op.TensorShape;
import io.github.bn4j.verify.Case;
import io.github.bn4j.verify.HardInput;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The table of degenerate input in the semantics, row by row. */
public interface DegenerateLaws extends Judged {
  /** Each channel has one value. */
  TensorShape SINGLE = TensorShape.of(1, 6);

  /** The middle one of its channels is number 2. */
  TensorShape FIVE = TensorShape.of(3, 5, 4, 7);

  @Test
  default void singleValue_keepRunning_givesBetaAndTouchesNothing() {
    BatchNormSpec spec =
        BatchNormSpec.builder(SINGLE).singleValue(SingleValuePolicy.KEEP_RUNNING).build();
    try (Trial trial = trial(spec)) {
      trial.forward();
      assertThat(trial.values(trial.forwardTensors().y()))
          .containsExactly(trial.values(trial.forwardTensors().beta()));
      assertThat(trial.values(trial.running().mean())).containsExactly(trial.meanBefore());
      assertThat(trial.values(trial.running().variance())).containsExactly(trial.varianceBefore());
      assertThat(trial.batches()).isEqualTo(trial.batchesBefore());
    }
  }

  @Test
  default void singleValue_population_givesBetaAndRunningVarianceTakesZero() {
    BatchNormSpec spec =
        BatchNormSpec.builder(SINGLE)
            .averageFactor(AverageFactor.of(0.5))
            .singleValue(SingleValuePolicy.POPULATION)
            .build();
    try (Trial trial = trial(spec)) {
      trial.forward();
      assertThat(trial.values(trial.forwardTensors().y()))
          .containsExactly(trial.values(trial.forwardTensors().beta()));
      assertThat(trial.values(trial.running().variance()))
          .containsExactly(Arrays.stream(trial.varianceBefore()).map(v -> v / 2).toArray());
      assertThat(trial.batches()).isEqualTo(trial.batchesBefore() + 1);
    }
  }

  @Test
  default void emptyBatch_training_touchesNothingAndGivesZeroGradients() {
    assertEmptyBatch(Mode.TRAINING);
  }

  @Test
  default void emptyBatch_frozen_touchesNothingAndGivesZeroGradients() {
    assertEmptyBatch(Mode.FROZEN);
  }

  private void assertEmptyBatch(Mode mode) {
    for (TensorShape shape : List.of(TensorShape.of(0, 4, 3), TensorShape.of(2, 4, 0))) {
      BatchNormSpec spec =
          BatchNormSpec.builder(shape)
              .mode(mode)
              .activation(Activation.RELU)
              .residual(true)
              .build();
      try (Trial trial = trial(Case.of(spec).withReserve())) {
        double[] saved =
            mode == Mode.TRAINING ? trial.values(trial.saved().invStd()) : new double[0];
        trial.forward().backward();
        assertThat(trial.values(trial.backwardTensors().dGamma())).containsOnly(0);
        assertThat(trial.values(trial.backwardTensors().dBeta())).containsOnly(0);
        assertThat(trial.values(trial.running().mean())).containsExactly(trial.meanBefore());
        assertThat(trial.batches()).isEqualTo(trial.batchesBefore());
        if (mode == Mode.TRAINING) {
          assertThat(trial.values(trial.saved().invStd())).containsExactly(saved);
        }
      }
    }
  }

  @Test
  default void nonFinite_anywhere_staysInItsChannel() {
    for (Layout layout : Layout.values()) {
      for (HardInput input : List.of(HardInput.NAN_CHANNEL, HardInput.INFINITE_CHANNEL)) {
        BatchNormSpec spec = BatchNormSpec.builder(FIVE).layout(layout).build();
        try (Trial trial = trial(Case.of(spec, input))) {
          trial.forward();
          double[] y = trial.values(trial.forwardTensors().y());
          for (int i = 0; i < y.length; i++) {
            boolean middle = (layout == Layout.CHANNEL_LAST ? i % 5 : i / 28 % 5) == 2;
            assertThat(Double.isNaN(y[i])).as("%s %s y[%d]", layout, input, i).isEqualTo(middle);
          }
          double[] mean = trial.values(trial.running().mean());
          double[] variance = trial.values(trial.running().variance());
          for (int c = 0; c < 5; c++) {
            assertThat(Double.isFinite(mean[c])).isEqualTo(c != 2);
            assertThat(Double.isFinite(variance[c])).isEqualTo(c != 2);
          }
          assertThat(trial.plan().skippedUpdates()).isZero();
        }
      }
    }
  }

  @Test
  default void nonFinite_skipUpdate_keepsTheChannelAndCounts() {
    for (Layout layout : Layout.values()) {
      BatchNormSpec spec =
          BatchNormSpec.builder(FIVE).layout(layout).nonFinite(NonFinitePolicy.SKIP_UPDATE).build();
      try (Trial trial = trial(Case.of(spec, HardInput.INFINITE_CHANNEL))) {
        trial.forward().forward();
        double[] mean = trial.values(trial.running().mean());
        double[] before = trial.meanBefore();
        double[] variance = trial.values(trial.running().variance());
        double[] varianceBefore = trial.varianceBefore();
        for (int c = 0; c < 5; c++) {
          assertThat(mean[c] == before[c]).as("mean of channel %d kept", c).isEqualTo(c == 2);
          assertThat(variance[c] == varianceBefore[c]).isEqualTo(c == 2);
        }
        assertThat(trial.plan().skippedUpdates()).isEqualTo(2);
        assertThat(trial.batches()).isEqualTo(trial.batchesBefore() + 2);
      }
    }
  }

  @Test
  default void constantChannel_anyConstant_givesExactlyBeta() {
    for (double constant : new double[] {0, 0.1, -3.7, 1e4, 6e4}) {
      for (DataType type : List.of(DataType.F32, DataType.F64, DataType.F16, DataType.BF16)) {
        for (Layout layout : Layout.values()) {
          BatchNormSpec spec =
              BatchNormSpec.builder(TensorShape.of(7, 3, 5, 9))
                  .layout(layout)
                  .dataType(type)
                  .build();
          try (Trial trial = trial(spec)) {
            HostTensor x = HostTensor.allocate(type, spec.shape().elements());
            HostTensor beta = HostTensor.allocate(spec.statisticsType(), 3);
            for (long i = 0; i < x.elements(); i++) {
              x.set(i, constant);
            }
            for (int c = 0; c < 3; c++) {
              beta.set(c, 0.5 - c); // exact in every type
            }
            trial.write(trial.forwardTensors().x(), x);
            trial.write(trial.forwardTensors().beta(), beta);
            trial.forward();
            double[] y = trial.values(trial.forwardTensors().y());
            for (int i = 0; i < y.length; i++) {
              int c = layout == Layout.CHANNEL_LAST ? i % 3 : i / 45 % 3;
              assertThat(y[i]).as("%s %s y[%d]", constant, type, i).isEqualTo(0.5 - c);
            }
            assertThat(trial.values(trial.saved().mean())).containsOnly(x.get(0));
          }
        }
      }
    }
  }
}
