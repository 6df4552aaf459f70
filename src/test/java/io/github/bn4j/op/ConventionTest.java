package io.github.bn4j.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ConventionTest {
  @Test
  void averageFactor_weightOfOld_isTurnedAround() {
    assertThat(Convention.PYTORCH.averageFactor(0.1)).isEqualTo(AverageFactor.of(0.1));
    assertThat(Convention.KERAS.averageFactor(0.99)).isEqualTo(AverageFactor.of(1 - 0.99));
    assertThat(Convention.ONNX.averageFactor(1)).isEqualTo(AverageFactor.of(0));
    assertThat(Convention.FLAX.momentumIsWeightOfNew()).isFalse();
  }

  @Test
  void averageFactor_outsideZeroToOne_isRefusedWithItsMeaning() {
    for (double momentum : new double[] {-0.1, 1.5, Double.NaN}) {
      assertThatThrownBy(() -> Convention.KERAS.averageFactor(momentum))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "momentum: expected a number in [0, 1], got "
                  + momentum
                  + " (weight of the old value in the convention keras)");
    }
    assertThatThrownBy(() -> Convention.PYTORCH.averageFactor(2))
        .hasMessageContaining("weight of the new value in the convention pytorch");
  }

  @Test
  void convention_withDefaults_setsThemInASpec() {
    BatchNormSpec keras = spec(Convention.KERAS);
    assertThat(keras.epsilon()).isEqualTo(1e-3);
    assertThat(keras.averageFactor()).isEqualTo(AverageFactor.of(1 - 0.99));
    assertThat(keras.varianceKind()).isEqualTo(VarianceKind.POPULATION);
  }

  @Test
  void convention_withoutDefaults_leavesFactorAndEpsilonToTheCaller() {
    BatchNormSpec spec =
        BatchNormSpec.builder(TensorShape.of(2, 2))
            .epsilon(0.25)
            .averageFactor(AverageFactor.of(0.75))
            .convention(Convention.CUDNN)
            .build();
    assertThat(spec.epsilon()).isEqualTo(0.25);
    assertThat(spec.averageFactor()).isEqualTo(AverageFactor.of(0.75));
    assertThat(spec.varianceKind()).isEqualTo(VarianceKind.UNBIASED);
  }

  private static BatchNormSpec spec(Convention convention) {
    return BatchNormSpec.builder(TensorShape.of(2, 2)).convention(convention).build();
  }

  @Test
  void averageFactor_cumulative_isOneOverT() {
    assertThat(AverageFactor.CUMULATIVE.at(4)).isEqualTo(0.25);
    assertThat(AverageFactor.CUMULATIVE.isCumulative()).isTrue();
    assertThat(AverageFactor.CUMULATIVE).hasToString("cumulative");
    assertThat(AverageFactor.of(0.5).at(4)).isEqualTo(0.5);
    assertThat(AverageFactor.of(0.5)).isNotEqualTo(AverageFactor.CUMULATIVE).hasToString("0.5");
  }

  @Test
  void averageFactor_outsideZeroToOne_isRefused() {
    for (double weight : new double[] {-1e-9, 1 + 1e-9, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> AverageFactor.of(weight))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("averageFactor: expected a weight of the new value in [0, 1], got " + weight);
    }
  }
}
