package io.github.bn4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.bn4j.op.HalfPrecision;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The JDK's conversions agree with HalfPrecision; of NaN they keep the bits that fit, made quiet.
 */
final class JdkHalfKernelsTest {
  private static final int PATTERNS = 1 << 16;
  private static final int QUIET_F16 = 0x0200;

  private final HalfKernels kernels = JdkHalfKernels.orElse(new PlainProvider().halves());
  private final HalfRun run = new HalfRun();

  @BeforeEach
  void requireJdk20() {
    assumeThat(kernels)
        .as("Float.float16ToFloat is there from JDK 20 on")
        .isInstanceOf(JdkHalfKernels.class);
    run.bits = new short[PATTERNS + 3];
    run.bitsAt = 3;
    run.values = new float[PATTERNS + 5];
    run.valuesAt = 5;
    run.count = PATTERNS;
  }

  @Test
  void widen_everyPattern_isThatOfHalfPrecision() {
    for (int i = 0; i < PATTERNS; i++) {
      run.bits[run.bitsAt + i] = (short) i;
    }
    kernels.widenF16(run);
    for (int i = 0; i < PATTERNS; i++) {
      int expected = Float.floatToRawIntBits(HalfPrecision.f16ToFloat((short) i));
      same(Float.floatToRawIntBits(run.values[run.valuesAt + i]), expected, i);
    }
  }

  @Test
  void narrow_aroundEveryTie_isThatOfHalfPrecision() {
    for (int tie = 0; tie < PATTERNS; tie += 1 << 11) {
      for (int lower = tie - 1; lower <= tie + 1; lower++) {
        for (int i = 0; i < PATTERNS; i++) {
          run.values[run.valuesAt + i] = value(i, lower);
        }
        kernels.narrowF16(run);
        for (int i = 0; i < PATTERNS; i++) {
          same(run.bits[run.bitsAt + i], narrowed(value(i, lower)), (i << 16) + lower);
        }
      }
    }
  }

  private static short narrowed(float value) {
    short rounded = HalfPrecision.floatToF16(value);
    int kept = (Float.floatToRawIntBits(value) >>> 13) & 0x3ff;
    return Float.isNaN(value) ? (short) (rounded | kept | QUIET_F16) : rounded;
  }

  private static float value(int upper, int lower) {
    return Float.intBitsToFloat((upper << 16) + lower);
  }

  private static void same(int got, int expected, int pattern) {
    if (got != expected) {
      assertThat(Integer.toHexString(got))
          .as("pattern %x", pattern)
          .isEqualTo(Integer.toHexString(expected));
    }
  }
}
