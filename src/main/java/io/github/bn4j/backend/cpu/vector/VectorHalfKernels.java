package io.github.bn4j.backend.cpu.vector;

import static io.github.bn4j.backend.cpu.vector.Lanes.COUNT;
import static io.github.bn4j.backend.cpu.vector.Lanes.FLOATS;
import static io.github.bn4j.backend.cpu.vector.Lanes.INTS;
import static io.github.bn4j.backend.cpu.vector.Lanes.SHORTS;
import static jdk.incubator.vector.VectorOperators.AND_NOT;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2S;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.OR;
import static jdk.incubator.vector.VectorOperators.S2I;

import io.github.bn4j.backend.cpu.HalfKernels;
import io.github.bn4j.backend.cpu.HalfRun;
import io.github.bn4j.op.HalfPrecision;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.Vector;

/**
 * Vector loops between 16-bit types and float: the integer steps of HalfPrecision, in lanes,
 * without comparisons, whose masks take several instructions each on JDK 17.
 *
 * <p>Both types' loops are in one method, several vectors to a round: so it is longer than 325
 * bytes, the most that HotSpot inlines. Every tile goes through several of these loops; inlined
 * into one method with each other and the arithmetic, they exhaust what the compiler allows a
 * method, and vectors that are left over stay in objects, at twenty times the time.
 */
final class VectorHalfKernels implements HalfKernels {
  private static final int F32_INFINITY = 0x7f800000;

  @Override
  public void widenF16(HalfRun run) {
    widen(run, true);
  }

  @Override
  public void widenBf16(HalfRun run) {
    widen(run, false);
  }

  @Override
  public void narrowF16(HalfRun run) {
    narrow(run, true);
  }

  @Override
  public void narrowBf16(HalfRun run) {
    narrow(run, false);
  }

  private static void widen(HalfRun run, boolean f16) {
    short[] bits = run.bits;
    float[] values = run.values;
    int end = run.bitsAt + run.count;
    int shift = run.valuesAt - run.bitsAt;
    int i = run.bitsAt;
    for (; f16 && i <= end - COUNT; i += COUNT) {
      IntVector half =
          (IntVector) ShortVector.fromArray(SHORTS, bits, i).convertShape(S2I, INTS, 0);
      IntVector magnitude = half.lanewise(LSHL, 17).lanewise(LSHR, 4);
      // Exponent and fraction in place; 2^112 makes up for the bias, and normalizes subnormals.
      IntVector finite = magnitude.reinterpretAsFloats().mul(0x1p112f).reinterpretAsInts();
      // All ones for infinity and NaN.
      IntVector special = magnitude.neg().add((0x7c00 << 13) - 1).lanewise(ASHR, 31);
      finite
          .lanewise(OR, special.and(F32_INFINITY))
          .lanewise(OR, half.and(Integer.MIN_VALUE))
          .reinterpretAsFloats()
          .intoArray(values, i + shift);
    }
    for (; !f16 && i <= end - 4 * COUNT; i += 4 * COUNT) {
      Vector<Integer> half0 = ShortVector.fromArray(SHORTS, bits, i).convertShape(S2I, INTS, 0);
      Vector<Integer> half1 =
          ShortVector.fromArray(SHORTS, bits, i + COUNT).convertShape(S2I, INTS, 0);
      Vector<Integer> half2 =
          ShortVector.fromArray(SHORTS, bits, i + 2 * COUNT).convertShape(S2I, INTS, 0);
      Vector<Integer> half3 =
          ShortVector.fromArray(SHORTS, bits, i + 3 * COUNT).convertShape(S2I, INTS, 0);
      half0.lanewise(LSHL, 16).reinterpretAsFloats().intoArray(values, i + shift);
      half1.lanewise(LSHL, 16).reinterpretAsFloats().intoArray(values, i + shift + COUNT);
      half2.lanewise(LSHL, 16).reinterpretAsFloats().intoArray(values, i + shift + 2 * COUNT);
      half3.lanewise(LSHL, 16).reinterpretAsFloats().intoArray(values, i + shift + 3 * COUNT);
    }
    for (; i < end; i++) {
      values[i + shift] =
          f16 ? HalfPrecision.f16ToFloat(bits[i]) : HalfPrecision.bf16ToFloat(bits[i]);
    }
  }

  private static void narrow(HalfRun run, boolean f16) {
    short[] bits = run.bits;
    float[] values = run.values;
    int end = run.valuesAt + run.count;
    int shift = run.bitsAt - run.valuesAt;
    int i = run.valuesAt;
    for (; f16 && i <= end - COUNT; i += COUNT) {
      IntVector all = FloatVector.fromArray(FLOATS, values, i).reinterpretAsInts();
      IntVector magnitude = all.and(Integer.MAX_VALUE);
      IntVector odd = all.lanewise(LSHR, 13).and(1);
      // Rounded, the bias made up for; 2^16 and more is infinity.
      IntVector normal =
          magnitude.min(0x47800000).add(odd).add(0xfff - 0x38000000).lanewise(ASHR, 13);
      // Up to 2^-14, adding 0.5 leaves the rounded multiple of 2^-24: the greater one is right.
      IntVector tiny = magnitude.min(0x38800000);
      IntVector small = tiny.reinterpretAsFloats().add(0.5f).reinterpretAsInts().sub(0x3f000000);
      IntVector quiet = magnitude.neg().add(F32_INFINITY).lanewise(LSHR, 22).and(0x200);
      IntVector sign = all.lanewise(LSHR, 16).and(0x8000);
      IntVector half = normal.max(small).lanewise(OR, quiet).lanewise(OR, sign);
      ((ShortVector) half.convertShape(I2S, SHORTS, 0)).intoArray(bits, i + shift);
    }
    for (; !f16 && i <= end - COUNT; i += COUNT) {
      IntVector all = FloatVector.fromArray(FLOATS, values, i).reinterpretAsInts();
      IntVector rise = all.lanewise(LSHR, 16).and(1).add(0x7fff);
      // All ones for NaN, which is not rounded.
      IntVector nan = all.and(Integer.MAX_VALUE).neg().add(F32_INFINITY).lanewise(ASHR, 31);
      IntVector rounded = all.add(rise.lanewise(AND_NOT, nan)).lanewise(LSHR, 16);
      ((ShortVector) rounded.lanewise(OR, nan.and(0x40)).convertShape(I2S, SHORTS, 0))
          .intoArray(bits, i + shift);
    }
    for (; i < end; i++) {
      bits[i + shift] =
          f16 ? HalfPrecision.floatToF16(values[i]) : HalfPrecision.floatToBf16(values[i]);
    }
  }
}
