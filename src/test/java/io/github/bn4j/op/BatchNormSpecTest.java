package io.github.bn4j.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class BatchNormSpecTest {
  private static final TensorShape SHAPE = TensorShape.of(4, 3, 5);

  private static BatchNormSpec.Builder spec() {
    return BatchNormSpec.builder(SHAPE);
  }

  private static void assertRefused(BatchNormSpec.Builder builder, String... parts) {
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(parts);
  }

  @Test
  void builder_defaults_arePyTorchs() {
    BatchNormSpec spec = spec().build();
    assertThat(spec).isEqualTo(spec().convention(Convention.PYTORCH).build());
    assertThat(spec.mode()).isEqualTo(Mode.TRAINING);
    assertThat(spec.epsilon()).isEqualTo(1e-5);
    assertThat(spec.averageFactor()).isEqualTo(AverageFactor.of(0.1));
    assertThat(spec.varianceKind()).isEqualTo(VarianceKind.UNBIASED);
    assertThat(spec.hasScale() && spec.hasShift() && spec.tracksRunningStatistics()).isTrue();
    assertThat(spec.policies()).isEqualTo(BatchNormSpec.Policies.DEFAULT);
  }

  @Test
  void toBuilder_everyValue_isKept() {
    BatchNormSpec spec =
        spec()
            .layout(Layout.CHANNEL_LAST)
            .dataType(DataType.BF16)
            .mode(Mode.FROZEN)
            .epsilon(0.5)
            .averageFactor(AverageFactor.CUMULATIVE)
            .varianceKind(VarianceKind.POPULATION)
            .affine(false, true)
            .activation(Activation.RELU)
            .residual(true)
            .singleValue(SingleValuePolicy.POPULATION)
            .nonFinite(NonFinitePolicy.SKIP_UPDATE)
            .build();
    assertThat(spec.toBuilder().build()).isEqualTo(spec);
    assertThat(spec.describe()).isEqualTo("FROZEN 4x3x5 nhwc bf16 relu residual");
  }

  @Test
  void epsilon_zeroNegativeNanInfinite_isRefused() {
    for (double epsilon : new double[] {0, -1e-5, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertRefused(
          spec().epsilon(epsilon), "epsilon: expected a finite number > 0", "got " + epsilon);
    }
  }

  @Test
  void dataType_integers_areRefused() {
    assertRefused(
        spec().dataType(DataType.I64), "dataType: expected f32, f64, f16 or bf16, got i64");
  }

  @Test
  void frozen_withoutTracking_isRefused() {
    assertRefused(
        spec().mode(Mode.FROZEN).trackRunningStatistics(false),
        "mode: FROZEN normalizes with running statistics",
        "use INFERENCE or TRAINING");
  }

  @Test
  void training_singleValueByDefault_isRefusedWithChannelsAndM() {
    BatchNormSpec.Builder single = BatchNormSpec.builder(TensorShape.of(1, 64, 1, 1));
    assertRefused(single, "m = 1", "64 channels", "1x64x1x1", "KEEP_RUNNING or POPULATION");
    assertThat(single.mode(Mode.INFERENCE).build().usesBatchStatistics()).isFalse();
  }

  @Test
  void usesBatchStatistics_inferenceWithoutTracking_isTrue() {
    assertThat(spec().mode(Mode.INFERENCE).build().usesBatchStatistics()).isFalse();
    assertThat(
            spec().mode(Mode.INFERENCE).trackRunningStatistics(false).build().usesBatchStatistics())
        .isTrue();
  }

  @Test
  void updatesRunningStatistics_onlyWhereABatchCounts() {
    assertThat(spec().build().updatesRunningStatistics()).isTrue();
    assertThat(spec().trackRunningStatistics(false).build().updatesRunningStatistics()).isFalse();
    assertThat(spec().mode(Mode.FROZEN).build().updatesRunningStatistics()).isFalse();
    assertThat(BatchNormSpec.builder(TensorShape.of(0, 3)).build().updatesRunningStatistics())
        .isFalse();
    BatchNormSpec.Builder single = BatchNormSpec.builder(TensorShape.of(1, 3));
    single.singleValue(SingleValuePolicy.KEEP_RUNNING);
    assertThat(single.build().updatesRunningStatistics()).isFalse();
    single.singleValue(SingleValuePolicy.POPULATION);
    assertThat(single.build().updatesRunningStatistics()).isTrue();
  }

  @Test
  void varianceCorrection_unbiased_isMOverMMinusOne() {
    assertThat(spec().build().varianceCorrection()).isEqualTo(20.0 / 19);
    assertThat(spec().varianceKind(VarianceKind.POPULATION).build().varianceCorrection())
        .isEqualTo(1);
    BatchNormSpec.Builder single = BatchNormSpec.builder(TensorShape.of(1, 3));
    assertThat(single.singleValue(SingleValuePolicy.POPULATION).build().varianceCorrection())
        .isEqualTo(1);
  }

  @Test
  void statisticsType_isF64ForF64Only() {
    assertThat(spec().dataType(DataType.F64).build().statisticsType()).isEqualTo(DataType.F64);
    assertThat(spec().dataType(DataType.F16).build().statisticsType()).isEqualTo(DataType.F32);
  }
}
