package io.github.bn4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.op.HalfPrecision;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Conversions agree with HalfPrecision to the bit: all patterns, and all neighbours of ties. */
final class HalfKernelsTest {
  private static final int PATTERNS = 1 << 16;

  /** Odd, so that the last ones are converted one by one. */
  private static final int COUNT = PATTERNS - 1;

  static List<HalfKernels> kernels() {
    return List.of(new PlainProvider().halves(), KernelChoice.chosen().halves());
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void widen_everyPattern_isThatOfHalfPrecision(HalfKernels kernels) {
    HalfRun run = run();
    for (int first = 0; first <= 1; first++) {
      for (int i = 0; i < COUNT; i++) {
        run.bits[run.bitsAt + i] = (short) (first + i);
      }
      kernels.widenF16(run);
      for (int i = 0; i < COUNT; i++) {
        same(run, i, HalfPrecision.f16ToFloat((short) (first + i)));
      }
      kernels.widenBf16(run);
      for (int i = 0; i < COUNT; i++) {
        same(run, i, HalfPrecision.bf16ToFloat((short) (first + i)));
      }
    }
  }

  private static void same(HalfRun run, int i, float expected) {
    int got = Float.floatToRawIntBits(run.values[run.valuesAt + i]);
    if (got != Float.floatToRawIntBits(expected)) {
      assertThat(Integer.toHexString(got))
          .as("pattern %x", i)
          .isEqualTo(Integer.toHexString(Float.floatToRawIntBits(expected)));
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void narrow_aroundEveryTie_isThatOfHalfPrecision(HalfKernels kernels) {
    HalfRun run = run();
    for (int tie = 0; tie < PATTERNS; tie += 1 << 11) {
      for (int lower = tie - 1; lower <= tie + 1; lower++) {
        for (int i = 0; i < COUNT; i++) {
          run.values[run.valuesAt + i] = value(i, lower);
        }
        kernels.narrowF16(run);
        for (int i = 0; i < COUNT; i++) {
          same(run, i, lower, HalfPrecision.floatToF16(value(i, lower)));
        }
        kernels.narrowBf16(run);
        for (int i = 0; i < COUNT; i++) {
          same(run, i, lower, HalfPrecision.floatToBf16(value(i, lower)));
        }
      }
    }
  }

  static List<HalfKernels> allKernels() {
    return List.of(
        new PlainProvider().halves(),
        KernelChoice.chosen().halves(),
        JdkHalfKernels.orElse(new PlainProvider().halves()));
  }

  @ParameterizedTest
  @MethodSource("allKernels")
  void rowsWithGaps_areConverted_andGapsLeftAlone(HalfKernels kernels) {
    HalfRun run = new HalfRun();
    run.rows = 3;
    run.count = 37;
    run.bitsAt = 2;
    run.bitsStride = 41;
    run.valuesAt = 1;
    short[] source = new short[2 + 3 * 41];
    for (int i = 0; i < source.length; i++) {
      source[i] = (short) (0x3c00 + i);
    }
    for (boolean f16 : new boolean[] {true, false}) {
      run.bits = source;
      run.values = new float[1 + 3 * 37];
      widen(kernels, run, f16);
      run.bits = new short[source.length];
      narrow(kernels, run, f16);
      for (int i = 0; i < source.length; i++) {
        boolean inRow = i >= 2 && (i - 2) % 41 < 37;
        assertThat(run.bits[i]).as("pattern %d", i).isEqualTo(inRow ? source[i] : 0);
      }
      assertThat(run.values[1 + 37 + 5])
          .isEqualTo(
              f16
                  ? HalfPrecision.f16ToFloat(source[2 + 41 + 5])
                  : HalfPrecision.bf16ToFloat(source[2 + 41 + 5]));
    }
  }

  private static void widen(HalfKernels kernels, HalfRun run, boolean f16) {
    if (f16) {
      kernels.widenF16(run);
    } else {
      kernels.widenBf16(run);
    }
  }

  private static void narrow(HalfKernels kernels, HalfRun run, boolean f16) {
    if (f16) {
      kernels.narrowF16(run);
    } else {
      kernels.narrowBf16(run);
    }
  }

  private static float value(int upper, int lower) {
    return Float.intBitsToFloat((upper << 16) + lower);
  }

  private static void same(HalfRun run, int i, int lower, short expected) {
    short got = run.bits[run.bitsAt + i];
    if (got != expected) {
      assertThat(Integer.toHexString(got & 0xffff))
          .as("%x", (i << 16) + lower)
          .isEqualTo(Integer.toHexString(expected & 0xffff));
    }
  }

  private static HalfRun run() {
    HalfRun run = new HalfRun();
    run.bits = new short[COUNT + 3];
    run.bitsAt = 3;
    run.values = new float[COUNT + 5];
    run.valuesAt = 5;
    run.count = COUNT;
    return run;
  }
}
