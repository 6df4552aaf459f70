package io.github.bn4j.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.op.AverageFactor;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HalfPrecision;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.TensorShape;
import org.junit.jupiter.api.Test;

class ToleranceTest {
  private static final TensorShape SHAPE = TensorShape.of(3, 5, 7, 7);

  private static Tolerance of(BatchNormSpec.Builder spec, HardInput input) {
    BatchNormSpec built = spec.build();
    return new Tolerance(built, CaseInputs.of(Case.of(built, input)));
  }

  private static BatchNormSpec.Builder spec(DataType type) {
    return BatchNormSpec.builder(SHAPE).dataType(type);
  }

  @Test
  void unitRoundoff_isHalfTheSpacingAtOne() {
    assertThat(Tolerance.unitRoundoff(DataType.F32)).isEqualTo(Math.ulp(1f) / 2.0);
    assertThat(Tolerance.unitRoundoff(DataType.F64)).isEqualTo(Math.ulp(1.0) / 2);
    float afterOne = HalfPrecision.f16ToFloat((short) (HalfPrecision.floatToF16(1) + 1));
    assertThat(Tolerance.unitRoundoff(DataType.F16)).isEqualTo((afterOne - 1) / 2.0);
    float brainAfterOne = HalfPrecision.bf16ToFloat((short) (HalfPrecision.floatToBf16(1) + 1));
    assertThat(Tolerance.unitRoundoff(DataType.BF16)).isEqualTo((brainAfterOne - 1) / 2.0);
  }

  @Test
  void growth_isTheSquareRootOfTheLength() {
    assertThat(Tolerance.growth(DataType.F32, 10_000)).isEqualTo(108);
    assertThat(Tolerance.growth(DataType.F64, 10_000)).isEqualTo(216);
  }

  @Test
  void of_ordinaryValues_isTight() {
    for (Quantity quantity : Quantity.values()) {
      if (quantity != Quantity.D_GAMMA && quantity != Quantity.D_BETA) {
        Bound single = of(spec(DataType.F32), HardInput.ORDINARY).of(quantity);
        assertThat(single.at(0, 1)).as(quantity.label()).isLessThan(2e-5);
        Bound twice = of(spec(DataType.F64), HardInput.ORDINARY).of(quantity);
        assertThat(twice.at(0, 1)).as(quantity.label()).isLessThan(1e-13);
      }
    }
  }

  @Test
  void of_halfTypes_isOneUnitMoreThanInSinglePrecision() {
    double single = of(spec(DataType.F32), HardInput.ORDINARY).of(Quantity.Y).at(0, 1);
    double half = of(spec(DataType.F16), HardInput.ORDINARY).of(Quantity.Y).at(0, 1);
    double brain = of(spec(DataType.BF16), HardInput.ORDINARY).of(Quantity.Y).at(0, 1);
    assertThat(half).isBetween(0x1p-10, 0x1p-10 + 2 * single);
    assertThat(brain).isBetween(0x1p-7, 0x1p-7 + 2 * single);
  }

  @Test
  void of_constantChannel_isZeroForMeanAndOutput() {
    Tolerance tolerance = of(spec(DataType.F32), HardInput.CONSTANT_CHANNEL);
    assertThat(tolerance.of(Quantity.Y).at(0, 1)).isZero();
    assertThat(tolerance.of(Quantity.Y).at(49, 1)).isPositive(); // channel 1
    assertThat(tolerance.of(Quantity.SAVED_MEAN).at(0, 0)).isZero();
    Tolerance given = of(spec(DataType.F32).mode(Mode.INFERENCE), HardInput.CONSTANT_CHANNEL);
    assertThat(given.of(Quantity.Y).at(0, 1)).isPositive();
  }

  @Test
  void of_copiesAndCounters_isZero() {
    Tolerance tolerance = of(spec(DataType.F16).residual(true), HardInput.ORDINARY);
    assertThat(tolerance.of(Quantity.D_RESIDUAL).at(0, 1)).isZero();
    assertThat(tolerance.of(Quantity.BATCHES).at(0, 4)).isZero();
    assertThat(tolerance.of(Quantity.SKIPPED).at(0, 4)).isZero();
  }

  @Test
  void ofUpdate_isTwoUnitsInTheLastPlace() {
    Tolerance tolerance = of(spec(DataType.BF16), HardInput.EXACT);
    assertThat(tolerance.ofUpdate().at(0, 3)).isEqualTo(2.0 * Math.ulp(3f));
  }

  @Test
  void of_runningStatistics_growsWithTheWeightOfNew() {
    BatchNormSpec.Builder spec = spec(DataType.F32);
    double small =
        of(spec.averageFactor(AverageFactor.of(0.01)), HardInput.MEAN_1E4)
            .of(Quantity.RUNNING_MEAN)
            .at(0, 0);
    double large =
        of(spec.averageFactor(AverageFactor.of(1)), HardInput.MEAN_1E4)
            .of(Quantity.RUNNING_MEAN)
            .at(0, 0);
    assertThat(large / small).isBetween(99.0, 101.0);
  }

  @Test
  void margin_aroundZero_isSmallButAboveTheError() {
    Tolerance tolerance = of(spec(DataType.F32), HardInput.ORDINARY);
    double error = tolerance.of(Quantity.Y).at(0, 0);
    assertThat(tolerance.margin(0)).isBetween(2 * error, 1e-4);
  }
}
