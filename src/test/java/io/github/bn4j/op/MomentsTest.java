package io.github.bn4j.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class MomentsTest {
  @Test
  void merge_parts_equalsTheWhole() {
    // 1 3 | 5 7 9 : mean 5, m2 = 16 + 4 + 0 + 4 + 16
    Moments moments = new Moments(1);
    moments.merge(0, 2, 2, 2);
    moments.merge(0, 3, 7, 8);
    assertThat(moments.count(0)).isEqualTo(5);
    assertThat(moments.mean(0)).isCloseTo(5, within(1e-15));
    assertThat(moments.m2(0)).isCloseTo(40, within(1e-14));
    assertThat(moments.variance(0, VarianceKind.POPULATION)).isCloseTo(8, within(1e-14));
    assertThat(moments.variance(0, VarianceKind.UNBIASED)).isCloseTo(10, within(1e-14));
  }

  @Test
  void merge_singleValues_keepsTheVarianceOfALargeMean() {
    Moments moments = new Moments(1);
    for (int i = 0; i < 1000; i++) {
      moments.merge(0, 1, 1e9 + i % 2, 0);
    }
    assertThat(moments.mean(0)).isEqualTo(1e9 + 0.5);
    assertThat(moments.variance(0, VarianceKind.POPULATION)).isCloseTo(0.25, within(1e-6));
  }

  @Test
  void merge_nothing_changesNothing() {
    Moments moments = new Moments(2);
    moments.merge(0, 0, 99, 0);
    assertThat(moments.count(0)).isZero();
    assertThat(moments.mean(0)).isZero();
    assertThat(moments.variance(0, VarianceKind.POPULATION)).isNaN();
  }

  @Test
  void merge_intoNothing_isACopy() {
    Moments moments = new Moments(1);
    moments.merge(0, 4, 0.1, 0.3);
    assertThat(moments.mean(0)).isEqualTo(0.1);
    assertThat(moments.m2(0)).isEqualTo(0.3);
  }

  @Test
  void merge_all_mergesEachChannel() {
    Moments a = new Moments(2);
    Moments b = new Moments(2);
    a.merge(0, 1, 2, 0);
    b.merge(0, 1, 4, 0);
    b.merge(1, 3, 5, 6);
    a.merge(b);
    assertThat(a.mean(0)).isEqualTo(3);
    assertThat(a.m2(0)).isEqualTo(2);
    assertThat(a.mean(1)).isEqualTo(5);
    assertThat(a.count(1)).isEqualTo(3);
  }

  @Test
  void variance_unbiasedOfOneValue_isNan() {
    Moments moments = new Moments(1);
    moments.merge(0, 1, 7, 0);
    assertThat(moments.variance(0, VarianceKind.UNBIASED)).isNaN();
    assertThat(moments.variance(0, VarianceKind.POPULATION)).isZero();
  }

  @Test
  void merge_negativeCountOrSquares_isRefused() {
    Moments moments = new Moments(1);
    assertThatThrownBy(() -> moments.merge(0, -1, 0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("moments: expected count >= 0 and m2 >= 0, got -1 and 0.0");
    assertThatThrownBy(() -> moments.merge(0, 1, 0, -2)).hasMessageContaining("-2.0");
  }

  @Test
  void merge_otherNumberOfChannels_isRefused() {
    assertThatThrownBy(() -> new Moments(2).merge(new Moments(3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("moments: expected 2 channels, got 3");
  }

  @Test
  void merge_countBeyond64Bits_isRefused() {
    Moments moments = new Moments(1);
    moments.merge(0, Long.MAX_VALUE, 0, 0);
    assertThatThrownBy(() -> moments.merge(0, 1, 0, 0)).isInstanceOf(ArithmeticException.class);
  }
}
