package io.github.bn4j.op;

/**
 * Conversions between binary16 / bfloat16 bit patterns and float or double, round to nearest even.
 *
 * <p>From double they round once, straight to 16 bits: going through float would round twice.
 */
public final class HalfPrecision {
  /** Exponent of the smallest normal binary16, 2^-14; below it the spacing stays 2^-24. */
  private static final int F16_MIN_EXPONENT = -14;

  private static final int F16_FRACTION_BITS = 10;
  private static final int BF16_MIN_EXPONENT = -126;
  private static final int BF16_FRACTION_BITS = 7;
  private static final int DOUBLE_FRACTION_BITS = 52;

  private HalfPrecision() {}

  /** The value of a binary16; a NaN becomes quiet and keeps its bits. */
  public static float f16ToFloat(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = (bits >>> 10) & 0x1f;
    int fraction = bits & 0x3ff;
    if (exponent == 0x1f) {
      int quiet = fraction == 0 ? 0 : 0x400000;
      return Float.intBitsToFloat(sign | 0x7f800000 | quiet | (fraction << 13));
    }
    if (exponent == 0) {
      // A subnormal is fraction * 2^-24, exact in float.
      float magnitude = fraction * 0x1p-24f;
      return Float.intBitsToFloat(sign | Float.floatToRawIntBits(magnitude));
    }
    return Float.intBitsToFloat(sign | ((exponent + 112) << 23) | (fraction << 13));
  }

  /** The value of a bfloat16. */
  public static float bf16ToFloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** The nearest binary16; overflow gives infinity, NaN stays NaN. */
  public static short floatToF16(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    int magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) {
      return (short) (sign | 0x7e00);
    }
    if (magnitude >= 0x477ff000) { // 65520, half-way between the largest binary16 and 2^16
      return (short) (sign | 0x7c00);
    }
    if (magnitude < 0x38800000) { // below 2^-14: adding 0.5 leaves the rounded multiple of 2^-24
      float shifted = Float.intBitsToFloat(magnitude) + 0.5f;
      return (short) (sign | (Float.floatToRawIntBits(shifted) - 0x3f000000));
    }
    int odd = (magnitude >>> 13) & 1;
    return (short) (sign | ((magnitude - 0x38000000 + 0xfff + odd) >>> 13));
  }

  /** The nearest bfloat16; overflow gives infinity, NaN stays NaN. */
  public static short floatToBf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if ((bits & 0x7fffffff) > 0x7f800000) {
      return (short) ((bits >>> 16) | 0x40);
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  /** The nearest binary16, rounded once. */
  public static short doubleToF16(double value) {
    return floatToF16((float) roundToGrid(value, F16_MIN_EXPONENT, F16_FRACTION_BITS));
  }

  /** The nearest bfloat16, rounded once. */
  public static short doubleToBf16(double value) {
    return floatToBf16((float) roundToGrid(value, BF16_MIN_EXPONENT, BF16_FRACTION_BITS));
  }

  /**
   * Rounds to a multiple of the target's spacing at this value; the result is exact in float, or
   * overflows.
   */
  private static double roundToGrid(double value, int minExponent, int fractionBits) {
    if (value == 0 || !(Math.abs(value) < 0x1p128)) {
      return value; // NaN, or infinite as a float already
    }
    int exponent = Math.max(Math.getExponent(value), minExponent);
    // Adding and subtracting 1.5 * 2^(52 + k) rounds to a multiple of 2^k, ties to even.
    double magic = 1.5 * Math.scalb(1.0, DOUBLE_FRACTION_BITS + exponent - fractionBits);
    return Math.copySign((value + magic) - magic, value);
  }
}
