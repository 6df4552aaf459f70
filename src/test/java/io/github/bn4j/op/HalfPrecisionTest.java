package io.github.bn4j.op;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;

class HalfPrecisionTest {
  private static final int PATTERNS = 1 << 16;

  /** A binary16 by its definition. */
  private static double f16(int bits) {
    int exponent = (bits >> 10) & 0x1f;
    int fraction = bits & 0x3ff;
    double sign = bits >> 15 == 0 ? 1 : -1;
    if (exponent == 31) {
      return fraction == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
    }
    return exponent == 0
        ? sign * fraction * Math.pow(2, -24)
        : sign * (1 + fraction / 1024.0) * Math.pow(2, exponent - 15);
  }

  /** A bfloat16 by its definition. */
  private static double bf16(int bits) {
    int exponent = (bits >> 7) & 0xff;
    int fraction = bits & 0x7f;
    double sign = bits >> 15 == 0 ? 1 : -1;
    if (exponent == 255) {
      return fraction == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
    }
    return exponent == 0
        ? sign * fraction * Math.pow(2, -133)
        : sign * (1 + fraction / 128.0) * Math.pow(2, exponent - 127);
  }

  @Test
  void toFloat_everyPattern_hasTheValueOfTheDefinition() {
    for (int bits = 0; bits < PATTERNS; bits++) {
      assertThat(HalfPrecision.f16ToFloat((short) bits))
          .isEqualTo(Float.valueOf((float) f16(bits)));
      assertThat(HalfPrecision.bf16ToFloat((short) bits))
          .isEqualTo(Float.valueOf((float) bf16(bits)));
    }
  }

  @Test
  void roundTrip_everyPatternThatIsNotNan_keepsItsBits() {
    for (int bits = 0; bits < PATTERNS; bits++) {
      float half = HalfPrecision.f16ToFloat((short) bits);
      if (!Float.isNaN(half)) {
        assertThat(HalfPrecision.floatToF16(half)).isEqualTo((short) bits);
        assertThat(HalfPrecision.doubleToF16(half)).isEqualTo((short) bits);
      }
      float brain = HalfPrecision.bf16ToFloat((short) bits);
      if (!Float.isNaN(brain)) {
        assertThat(HalfPrecision.floatToBf16(brain)).isEqualTo((short) bits);
        assertThat(HalfPrecision.doubleToBf16(brain)).isEqualTo((short) bits);
      }
    }
  }

  @Test
  void f16ToFloat_signallingNan_isQuietAndKeepsItsBits() {
    assertThat(Float.floatToRawIntBits(HalfPrecision.f16ToFloat((short) 0xfc01)))
        .isEqualTo(0xffc02000);
  }

  @Test
  void nan_anyPayload_staysNan() {
    for (int payload : new int[] {0x7f800001, 0x7fc00000, 0xffffffff, 0x7f80ffff}) {
      float nan = Float.intBitsToFloat(payload);
      assertThat(HalfPrecision.f16ToFloat(HalfPrecision.floatToF16(nan))).isNaN();
      assertThat(HalfPrecision.bf16ToFloat(HalfPrecision.floatToBf16(nan))).isNaN();
    }
    assertThat(HalfPrecision.f16ToFloat(HalfPrecision.doubleToF16(Double.NaN))).isNaN();
    assertThat(HalfPrecision.bf16ToFloat(HalfPrecision.doubleToBf16(Double.NaN))).isNaN();
  }

  @Test
  void fromFloat_tieBetweenAllNeighbours_goesToEven() {
    for (int bits = 0; bits < 0x7bff; bits++) {
      double tie = (f16(bits) + f16(bits + 1)) / 2;
      assertBothWays(tie, bits % 2 == 0 ? bits : bits + 1, bits, bits + 1);
    }
  }

  private static void assertBothWays(double tie, int even, int below, int above) {
    float exact = (float) tie;
    assertThat((double) exact).isEqualTo(tie);
    assertThat(HalfPrecision.floatToF16(exact)).isEqualTo((short) even);
    assertThat(HalfPrecision.floatToF16(-exact)).isEqualTo((short) (even | 0x8000));
    assertThat(HalfPrecision.doubleToF16(tie)).isEqualTo((short) even);
    assertThat(HalfPrecision.floatToF16(Math.nextDown(exact))).isEqualTo((short) below);
    assertThat(HalfPrecision.floatToF16(Math.nextUp(exact))).isEqualTo((short) above);
    assertThat(HalfPrecision.doubleToF16(Math.nextDown(tie))).isEqualTo((short) below);
    assertThat(HalfPrecision.doubleToF16(Math.nextUp(tie))).isEqualTo((short) above);
  }

  @Test
  void fromFloat_tieBetweenAllBrainNeighbours_goesToEven() {
    for (int bits = 0; bits < 0x7f7f; bits++) {
      double tie = (bf16(bits) + bf16(bits + 1)) / 2;
      int even = bits % 2 == 0 ? bits : bits + 1;
      assertThat(HalfPrecision.floatToBf16((float) tie)).isEqualTo((short) even);
      assertThat(HalfPrecision.doubleToBf16(tie)).isEqualTo((short) even);
      assertThat(HalfPrecision.doubleToBf16(-tie)).isEqualTo((short) (even | 0x8000));
      assertThat(HalfPrecision.doubleToBf16(Math.nextUp(tie))).isEqualTo((short) (bits + 1));
      assertThat(HalfPrecision.doubleToBf16(Math.nextDown(tie))).isEqualTo((short) bits);
    }
  }

  @Test
  void fromDouble_nearATie_isRoundedOnce() {
    // Through float it would become the tie, and then go to even.
    double justAbove = 1 + 0x1p-11 + 0x1p-40;
    assertThat(HalfPrecision.doubleToF16(justAbove)).isEqualTo((short) 0x3c01);
    assertThat(HalfPrecision.floatToF16((float) justAbove)).isEqualTo((short) 0x3c00);
    assertThat(HalfPrecision.doubleToBf16(1 + 0x1p-8 + 0x1p-40)).isEqualTo((short) 0x3f81);
  }

  @Test
  void overflow_largeValues_giveInfinity() {
    assertThat(HalfPrecision.floatToF16(65519.99f)).isEqualTo((short) 0x7bff);
    assertThat(HalfPrecision.floatToF16(65520f)).isEqualTo((short) 0x7c00);
    assertThat(HalfPrecision.doubleToF16(65520 - 1e-9)).isEqualTo((short) 0x7bff);
    assertThat(HalfPrecision.doubleToF16(-65520)).isEqualTo((short) 0xfc00);
    double largest = bf16(0x7f7f);
    double half = new BigDecimal(2).pow(119).doubleValue();
    assertThat(HalfPrecision.doubleToBf16(largest + half)).isEqualTo((short) 0x7f80);
    assertThat(HalfPrecision.doubleToBf16(Math.nextDown(largest + half))).isEqualTo((short) 0x7f7f);
    for (double huge : new double[] {1e39, 1e300, Double.MAX_VALUE, Double.POSITIVE_INFINITY}) {
      assertThat(HalfPrecision.doubleToF16(huge)).isEqualTo((short) 0x7c00);
      assertThat(HalfPrecision.doubleToF16(-huge)).isEqualTo((short) 0xfc00);
      assertThat(HalfPrecision.doubleToBf16(huge)).isEqualTo((short) 0x7f80);
      assertThat(HalfPrecision.doubleToBf16(-huge)).isEqualTo((short) 0xff80);
    }
  }

  @Test
  void underflow_tinyValues_keepTheirSign() {
    for (double tiny : new double[] {0, Double.MIN_VALUE, 1e-300, 1e-60}) {
      assertThat(HalfPrecision.doubleToF16(tiny)).isEqualTo((short) 0);
      assertThat(HalfPrecision.doubleToF16(-tiny)).isEqualTo((short) 0x8000);
      assertThat(HalfPrecision.doubleToBf16(tiny)).isEqualTo((short) 0);
      assertThat(HalfPrecision.doubleToBf16(-tiny)).isEqualTo((short) 0x8000);
    }
  }
}
