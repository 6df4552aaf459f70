package io.github.bn4j.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static final double NAN = Double.NaN;
  private static final double INFINITY = Double.POSITIVE_INFINITY;

  private static Comparison compare(double expected, double actual) {
    return Comparison.of(HostTensor.of(expected), HostTensor.of(actual), Bound.of(0.5, 0));
  }

  @Test
  void of_errorWithinAndBeyondTheBound_holdsAndFails() {
    assertThat(compare(1, 1.5).holds()).isTrue();
    assertThat(compare(1, 0.5).holds()).isTrue();
    assertThat(compare(1, 1.5 + 1e-9).holds()).isFalse();
  }

  @Test
  void of_nanResult_neverHoldsForANumber() {
    assertThat(compare(1, NAN).holds()).isFalse();
    assertThat(compare(1, NAN).worstError()).isInfinite();
    assertThat(compare(INFINITY, NAN).holds()).isFalse();
    assertThat(Comparison.of(HostTensor.of(1.0), HostTensor.of(NAN), Bound.of(INFINITY, 0)).holds())
        .isFalse();
  }

  @Test
  void of_nanReference_wantsNan() {
    assertThat(compare(NAN, NAN).holds()).isTrue();
    assertThat(compare(NAN, 1).holds()).isFalse();
    assertThat(compare(NAN, INFINITY).holds()).isFalse();
  }

  @Test
  void of_infiniteReference_wantsTheSameInfinity() {
    assertThat(compare(INFINITY, INFINITY).holds()).isTrue();
    assertThat(compare(INFINITY, -INFINITY).holds()).isFalse();
    assertThat(compare(INFINITY, Double.MAX_VALUE).holds()).isFalse();
    assertThat(compare(1, INFINITY).holds()).isFalse();
  }

  @Test
  void of_nanBound_neverHoldsForAnError() {
    Comparison found = Comparison.of(HostTensor.of(1.0), HostTensor.of(1.1), Bound.of(NAN, 0));
    assertThat(found.holds()).isFalse();
  }

  @Test
  void ofStatistics_nonFiniteReference_wantsAnyNonFinite() {
    HostTensor nan = HostTensor.of(NAN);
    HostTensor infinite = HostTensor.of(INFINITY);
    HostTensor one = HostTensor.of(1.0);
    assertThat(Comparison.ofStatistics(nan, infinite, Bound.EXACT).holds()).isTrue();
    assertThat(Comparison.ofStatistics(infinite, nan, Bound.EXACT).holds()).isTrue();
    assertThat(Comparison.ofStatistics(nan, one, Bound.of(10, 10)).holds()).isFalse();
    assertThat(Comparison.ofStatistics(one, nan, Bound.of(10, 10)).holds()).isFalse();
  }

  @Test
  void of_severalElements_reportsTheWorstInProportion() {
    HostTensor expected = HostTensor.of(100.0, 1, 1, 1);
    HostTensor actual = HostTensor.of(103.0, 1, 1.2, 0.9);
    Comparison found = Comparison.of(expected, actual, Bound.of(0, 0.05));
    // errors 3 of 5 allowed, 0, 0.2 and 0.1 of 0.05
    assertThat(found.index()).isEqualTo(2);
    assertThat(found.failures()).isEqualTo(2);
    assertThat(found.worstError()).isEqualTo(1.2 - 1);
    assertThat(found.bound()).isEqualTo(0.05);
  }

  @Test
  void of_failureBehindAWorseRatioThatHolds_isReported() {
    HostTensor expected = HostTensor.of(1.0, NAN);
    HostTensor actual = HostTensor.of(1.4, 2);
    Comparison found = Comparison.of(expected, actual, Bound.of(0.5, 0));
    assertThat(found.index()).isEqualTo(1);
    assertThat(found.failures()).isEqualTo(1);
  }

  @Test
  void of_noElements_holds() {
    HostTensor none = HostTensor.allocate(DataType.F32, 0);
    Comparison found = Comparison.of(none, none, Bound.EXACT);
    assertThat(found.holds()).isTrue();
    assertThat(found.index()).isEqualTo(-1);
  }

  @Test
  void of_otherLength_isRefused() {
    assertThatThrownBy(() -> Comparison.of(HostTensor.of(1.0, 2), HostTensor.of(1.0), Bound.EXACT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("comparison: expected 2 elements as in the reference, got 1");
  }

  @Test
  void ofBits_zerosOfBothSigns_differ() {
    Comparison found = Comparison.ofBits(HostTensor.of(1f, 0f), HostTensor.of(1f, -0f));
    assertThat(found.holds()).isFalse();
    assertThat(found.index()).isEqualTo(1);
  }

  @Test
  void ofBits_anyTwoNans_agree() {
    float other = Float.intBitsToFloat(0xffc00001);
    HostTensor first = HostTensor.of(1f, Float.NaN, 3f);
    assertThat(Comparison.ofBits(first, HostTensor.of(1f, other, 3f)).holds()).isTrue();
    assertThat(Comparison.ofBits(first, HostTensor.of(1f, other, 4f)).index()).isEqualTo(2);
    assertThat(Comparison.ofBits(first, HostTensor.of(1f, 2f, 3f)).worstError()).isInfinite();
  }

  @Test
  void ofBits_largeCounters_keepEveryDigit() {
    long large = 1L << 53;
    assertThat(Comparison.ofBits(HostTensor.of(large), HostTensor.of(large + 1)).holds()).isFalse();
  }

  @Test
  void ofBits_behindTheFirstChunk_isCompared() {
    float[] values = new float[5000];
    values[4999] = 1;
    Comparison found =
        Comparison.ofBits(HostTensor.allocate(DataType.F32, 5000), HostTensor.of(values));
    assertThat(found.index()).isEqualTo(4999);
    assertThat(found.worstError()).isEqualTo(1);
  }

  @Test
  void ulps_ofAType_areItsSpacing() {
    assertThat(Bound.ulps(2, DataType.F32).at(0, 1)).isEqualTo(0x1p-22);
    assertThat(Bound.ulps(1, DataType.F64).at(0, 1)).isEqualTo(0x1p-52);
  }
}
