package io.github.bn4j.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.AverageFactor;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.NonFinitePolicy;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SavedStatistics;
import io.github.bn4j.op.SingleValuePolicy;
import io.github.bn4j.op.TensorShape;
import io.github.bn4j.op.VarianceKind;
import org.junit.jupiter.api.Test;

/**
 * Cases whose every number is exact in binary and was worked out on paper.
 *
 * <p>The values 0, 2, 4, 6 have mean 3 and {@code v = 5}; epsilon 11 makes {@code invStd = 1/4}.
 */
class ReferenceByHandTest {
  private static final double EPSILON = 11;

  private final HostTensor x = HostTensor.of(0.0, 2, 4, 6);
  private final HostTensor y = HostTensor.allocate(DataType.F64, 4);
  private final HostTensor savedMean = HostTensor.allocate(DataType.F64, 1);
  private final HostTensor savedInvStd = HostTensor.allocate(DataType.F64, 1);
  private final HostTensor runningMean = HostTensor.of(8.0);
  private final HostTensor runningVariance = HostTensor.of(16.0);
  private final HostTensor batches = HostTensor.of(0L);
  private final RunningStatistics running =
      new RunningStatistics(runningMean, runningVariance, batches);
  private final SavedStatistics saved = new SavedStatistics(savedMean, savedInvStd);

  private static BatchNormSpec.Builder spec(Mode mode) {
    return BatchNormSpec.builder(TensorShape.of(2, 1, 2))
        .dataType(DataType.F64)
        .mode(mode)
        .epsilon(EPSILON)
        .averageFactor(AverageFactor.of(0.5));
  }

  private ForwardTensors.Builder tensors() {
    return ForwardTensors.builder(x, y)
        .affine(HostTensor.of(8.0), HostTensor.of(1.0))
        .running(running)
        .saved(saved);
  }

  private static Plan plan(BatchNormSpec spec) {
    return new ReferenceBackend().plan(spec, PlanOptions.DEFAULT);
  }

  @Test
  void training_ordinaryValues_normalizesAndSaves() {
    plan(spec(Mode.TRAINING).build()).forward(tensors().build());
    // xHat = -3/4, -1/4, 1/4, 3/4; y = 8 xHat + 1
    assertThat(y.toDoubles()).containsExactly(-5, -1, 3, 7);
    assertThat(savedMean.get(0)).isEqualTo(3);
    assertThat(savedInvStd.get(0)).isEqualTo(0.25);
  }

  @Test
  void training_unbiased_averagesVarianceTimesFourThirds() {
    plan(spec(Mode.TRAINING).build()).forward(tensors().build());
    assertThat(runningMean.get(0)).isEqualTo(0.5 * 8 + 0.5 * 3);
    assertThat(runningVariance.get(0)).isEqualTo(0.5 * 16 + 0.5 * (5 * (4.0 / 3)));
    assertThat(batches.getLong(0)).isEqualTo(1);
  }

  @Test
  void training_population_averagesVarianceItself() {
    plan(spec(Mode.TRAINING).varianceKind(VarianceKind.POPULATION).build())
        .forward(tensors().build());
    assertThat(runningVariance.get(0)).isEqualTo(10.5);
  }

  @Test
  void training_cumulative_isTheMeanOfBatches() {
    Plan plan =
        plan(
            spec(Mode.TRAINING)
                .averageFactor(AverageFactor.CUMULATIVE)
                .varianceKind(VarianceKind.POPULATION)
                .build());
    plan.forward(tensors().build());
    assertThat(runningMean.get(0)).isEqualTo(3);
    for (int i = 0; i < 4; i++) {
      x.set(i, 7); // mean 7, v = 0
    }
    plan.forward(tensors().build());
    assertThat(runningMean.get(0)).isEqualTo(5);
    assertThat(runningVariance.get(0)).isEqualTo(2.5);
    assertThat(batches.getLong(0)).isEqualTo(2);
  }

  @Test
  void inference_runningStatistics_normalizesAndTouchesNothing() {
    runningVariance.set(0, 5);
    plan(spec(Mode.INFERENCE).build()).forward(tensors().build());
    // (x - 8) / 4 * 8 + 1
    assertThat(y.toDoubles()).containsExactly(-15, -11, -7, -3);
    assertThat(runningMean.get(0)).isEqualTo(8);
    assertThat(batches.getLong(0)).isZero();
  }

  @Test
  void inference_withoutTracking_usesBatchStatistics() {
    plan(spec(Mode.INFERENCE).trackRunningStatistics(false).build())
        .forward(tensors().running(null).build());
    assertThat(y.toDoubles()).containsExactly(-5, -1, 3, 7);
  }

  @Test
  void forward_residualAndRelu_addsThenClips() {
    HostTensor residual = HostTensor.of(1.0, 3, -3, Double.NaN);
    HostTensor reserve = HostTensor.allocate(DataType.U8, 1);
    plan(spec(Mode.TRAINING).residual(true).activation(Activation.RELU).build())
        .forward(tensors().residual(residual).reserve(reserve).build());
    // z = -4, 2, 0, NaN: the gradient passes at 2 and at NaN
    assertThat(y.toDoubles()).containsExactly(0, 2, 0, Double.NaN);
    assertThat(reserve.getLong(0)).isEqualTo(0b1010);
  }

  @Test
  void backward_training_subtractsMeanAndProjection() {
    Plan plan = plan(spec(Mode.TRAINING).build());
    ForwardTensors forward = tensors().build();
    plan.forward(forward);
    HostTensor dx = HostTensor.allocate(DataType.F64, 4);
    HostTensor dGamma = HostTensor.allocate(DataType.F64, 1);
    HostTensor dBeta = HostTensor.allocate(DataType.F64, 1);
    plan.backward(
        BackwardTensors.builder(forward, HostTensor.of(1.0, 0, 0, 3), dx)
            .affine(dGamma, dBeta)
            .build());
    assertThat(dBeta.get(0)).isEqualTo(4);
    assertThat(dGamma.get(0)).isEqualTo(-0.75 + 3 * 0.75);
    // gamma invStd = 2; dy - 1 - xHat 3/8: 9/32, -29/32, -35/32, 55/32
    assertThat(dx.toDoubles()).containsExactly(9 / 16.0, -29 / 16.0, -35 / 16.0, 55 / 16.0);
  }

  @Test
  void backward_frozenReluResidual_masksAndScales() {
    runningVariance.set(0, 5);
    runningMean.set(0, 3);
    Plan plan = plan(spec(Mode.FROZEN).residual(true).activation(Activation.RELU).build());
    HostTensor residual = HostTensor.of(5.0, 2, 0, -8); // z = 0, 1, 3, -1
    ForwardTensors forward = tensors().residual(residual).build();
    HostTensor dx = HostTensor.allocate(DataType.F64, 4);
    HostTensor dResidual = HostTensor.allocate(DataType.F64, 4);
    HostTensor dGamma = HostTensor.allocate(DataType.F64, 1);
    HostTensor dBeta = HostTensor.allocate(DataType.F64, 1);
    plan.backward(
        BackwardTensors.builder(forward, HostTensor.of(1.0, 2, 4, 8), dx)
            .dResidual(dResidual)
            .affine(dGamma, dBeta)
            .build());
    assertThat(dResidual.toDoubles()).containsExactly(0, 2, 4, 0);
    assertThat(dx.toDoubles()).containsExactly(0, 4, 8, 0);
    assertThat(dBeta.get(0)).isEqualTo(6);
    assertThat(dGamma.get(0)).isEqualTo(2 * -0.25 + 4 * 0.25);
  }

  @Test
  void forward_channelLast_readsEverySecondElement() {
    BatchNormSpec spec =
        BatchNormSpec.builder(TensorShape.of(1, 2, 4))
            .layout(Layout.CHANNEL_LAST)
            .dataType(DataType.F32)
            .epsilon(EPSILON)
            .affine(false, false)
            .trackRunningStatistics(false)
            .build();
    HostTensor in = HostTensor.of(0f, 9, 2, 9, 4, 9, 6, 9);
    HostTensor out = HostTensor.allocate(DataType.F32, 8);
    HostTensor mean = HostTensor.allocate(DataType.F32, 2);
    HostTensor invStd = HostTensor.allocate(DataType.F32, 2);
    plan(spec)
        .forward(ForwardTensors.builder(in, out).saved(new SavedStatistics(mean, invStd)).build());
    assertThat(out.toFloats()).containsExactly(-0.75f, 0, -0.25f, 0, 0.25f, 0, 0.75f, 0);
    assertThat(mean.toFloats()).containsExactly(3, 9);
  }

  @Test
  void training_singleValuePopulation_runningVarianceTakesZero() {
    BatchNormSpec spec =
        BatchNormSpec.builder(TensorShape.of(1, 1))
            .dataType(DataType.F64)
            .averageFactor(AverageFactor.of(0.5))
            .singleValue(SingleValuePolicy.POPULATION)
            .build();
    HostTensor out = HostTensor.of(0.0);
    plan(spec)
        .forward(
            ForwardTensors.builder(HostTensor.of(4.0), out)
                .affine(HostTensor.of(8.0), HostTensor.of(1.0))
                .running(running)
                .saved(saved)
                .build());
    assertThat(out.get(0)).isEqualTo(1);
    assertThat(runningMean.get(0)).isEqualTo(6);
    assertThat(runningVariance.get(0)).isEqualTo(8);
  }

  @Test
  void training_nonFiniteSkipped_countsAndKeepsRunning() {
    x.set(2, Double.POSITIVE_INFINITY);
    Plan plan = plan(spec(Mode.TRAINING).nonFinite(NonFinitePolicy.SKIP_UPDATE).build());
    plan.forward(tensors().build());
    assertThat(y.toDoubles()).containsOnly(Double.NaN);
    assertThat(runningMean.get(0)).isEqualTo(8);
    assertThat(runningVariance.get(0)).isEqualTo(16);
    assertThat(batches.getLong(0)).isEqualTo(1);
    assertThat(plan.skippedUpdates()).isEqualTo(1);
  }
}
