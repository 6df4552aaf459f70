package io.github.bn4j.backend.cpu.vector;

import static io.github.bn4j.backend.cpu.vector.Lanes.COUNT;
import static io.github.bn4j.backend.cpu.vector.Lanes.FLOATS;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.OR;

import io.github.bn4j.backend.cpu.HalfKernels;
import io.github.bn4j.backend.cpu.HalfRun;
import io.github.bn4j.op.HalfPrecision;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** Vector loops between 16-bit types and float: the integer steps of HalfPrecision, in lanes. */
final class VectorHalfKernels implements HalfKernels {
  private static final int F32_INFINITY = 0x7f800000;

  @Override
  public void widenF16(HalfRun run) {
    short[] bits = run.bits;
    float[] values = run.values;
    int from = run.bitsAt;
    int to = run.valuesAt;
    int i = 0;
    for (; i <= run.count - COUNT; i += COUNT) {
      IntVector half = Lanes.widen(bits, from + i);
      IntVector sign = half.and(0x8000).lanewise(LSHL, 16);
      IntVector magnitude = half.and(0x7fff).lanewise(LSHL, 13);
      // Exponent and fraction in place; 2^112 makes up for the bias, and normalizes subnormals.
      IntVector finite = magnitude.reinterpretAsFloats().mul(0x1p112f).reinterpretAsInts();
      IntVector special = magnitude.lanewise(OR, F32_INFINITY);
      finite
          .blend(special, magnitude.compare(GE, 0x7c00 << 13))
          .lanewise(OR, sign)
          .reinterpretAsFloats()
          .intoArray(values, to + i);
    }
    for (; i < run.count; i++) {
      values[to + i] = HalfPrecision.f16ToFloat(bits[from + i]);
    }
  }

  @Override
  public void widenBf16(HalfRun run) {
    short[] bits = run.bits;
    float[] values = run.values;
    int from = run.bitsAt;
    int to = run.valuesAt;
    int i = 0;
    for (; i <= run.count - COUNT; i += COUNT) {
      Lanes.widen(bits, from + i)
          .lanewise(LSHL, 16)
          .reinterpretAsFloats()
          .intoArray(values, to + i);
    }
    for (; i < run.count; i++) {
      values[to + i] = HalfPrecision.bf16ToFloat(bits[from + i]);
    }
  }

  @Override
  public void narrowF16(HalfRun run) {
    short[] bits = run.bits;
    float[] values = run.values;
    int from = run.valuesAt;
    int to = run.bitsAt;
    int i = 0;
    for (; i <= run.count - COUNT; i += COUNT) {
      IntVector all = FloatVector.fromArray(FLOATS, values, from + i).reinterpretAsInts();
      IntVector magnitude = all.and(0x7fffffff);
      IntVector odd = magnitude.lanewise(LSHR, 13).and(1);
      IntVector normal = magnitude.add(odd).sub(0x38000000 - 0xfff).lanewise(LSHR, 13);
      // Below 2^-14, adding 0.5 leaves the rounded multiple of 2^-24.
      IntVector small =
          magnitude.reinterpretAsFloats().add(0.5f).reinterpretAsInts().sub(0x3f000000);
      IntVector half =
          normal
              .blend(small, magnitude.compare(LT, 0x38800000))
              .blend(0x7c00, magnitude.compare(GE, 0x477ff000))
              .blend(0x7e00, magnitude.compare(GT, F32_INFINITY));
      IntVector sign = all.lanewise(LSHR, 16).and(0x8000);
      Lanes.narrow(half.lanewise(OR, sign), bits, to + i);
    }
    for (; i < run.count; i++) {
      bits[to + i] = HalfPrecision.floatToF16(values[from + i]);
    }
  }

  @Override
  public void narrowBf16(HalfRun run) {
    short[] bits = run.bits;
    float[] values = run.values;
    int from = run.valuesAt;
    int to = run.bitsAt;
    int i = 0;
    for (; i <= run.count - COUNT; i += COUNT) {
      IntVector all = FloatVector.fromArray(FLOATS, values, from + i).reinterpretAsInts();
      IntVector upper = all.lanewise(LSHR, 16);
      IntVector rounded = all.add(upper.and(1)).add(0x7fff).lanewise(LSHR, 16);
      IntVector quiet = upper.lanewise(OR, 0x40);
      Lanes.narrow(
          rounded.blend(quiet, all.and(0x7fffffff).compare(GT, F32_INFINITY)), bits, to + i);
    }
    for (; i < run.count; i++) {
      bits[to + i] = HalfPrecision.floatToBf16(values[from + i]);
    }
  }
}
