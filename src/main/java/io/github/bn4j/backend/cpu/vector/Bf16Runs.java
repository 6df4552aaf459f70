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

import io.github.bn4j.backend.cpu.RunCoefficients;
import io.github.bn4j.backend.cpu.Tile;
import io.github.bn4j.op.HalfPrecision;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/** What VectorRunKernels does, for runs of bfloat16, converted on the way; see Bf16Columns. */
final class Bf16Runs {
  private static final int F32_INFINITY = 0x7f800000;

  private Bf16Runs() {}

  /** The sum of {@code x - center}. */
  static double sum(short[] x, int from, int to, float center, float[] lanes) {
    FloatVector c = FloatVector.broadcast(FLOATS, center);
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    int i = from;
    for (; i <= to - 4 * COUNT; i += 4 * COUNT) {
      FloatVector x0 =
          ShortVector.fromArray(SHORTS, x, i)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      FloatVector x1 =
          ShortVector.fromArray(SHORTS, x, i + COUNT)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      FloatVector x2 =
          ShortVector.fromArray(SHORTS, x, i + 2 * COUNT)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      FloatVector x3 =
          ShortVector.fromArray(SHORTS, x, i + 3 * COUNT)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      FloatVector d0 = x0.sub(c);
      FloatVector d1 = x1.sub(c);
      FloatVector d2 = x2.sub(c);
      FloatVector d3 = x3.sub(c);
      a0 = a0.add(d0);
      a1 = a1.add(d1);
      a2 = a2.add(d2);
      a3 = a3.add(d3);
    }
    for (; i <= to - COUNT; i += COUNT) {
      FloatVector x0 =
          ShortVector.fromArray(SHORTS, x, i)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      FloatVector d0 = x0.sub(c);
      a0 = a0.add(d0);
    }
    a0.add(a1).add(a2.add(a3)).intoArray(lanes, 0);
    double total = Lanes.total(lanes);
    for (; i < to; i++) {
      float d = HalfPrecision.bf16ToFloat(x[i]) - center;
      total += d;
    }
    return total;
  }

  /** The sum of its squares. */
  static double squares(short[] x, int from, int to, float center, float[] lanes) {
    FloatVector c = FloatVector.broadcast(FLOATS, center);
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    int i = from;
    for (; i <= to - 4 * COUNT; i += 4 * COUNT) {
      FloatVector x0 =
          ShortVector.fromArray(SHORTS, x, i)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      FloatVector x1 =
          ShortVector.fromArray(SHORTS, x, i + COUNT)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      FloatVector x2 =
          ShortVector.fromArray(SHORTS, x, i + 2 * COUNT)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      FloatVector x3 =
          ShortVector.fromArray(SHORTS, x, i + 3 * COUNT)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      FloatVector d0 = x0.sub(c);
      FloatVector d1 = x1.sub(c);
      FloatVector d2 = x2.sub(c);
      FloatVector d3 = x3.sub(c);
      a0 = d0.fma(d0, a0);
      a1 = d1.fma(d1, a1);
      a2 = d2.fma(d2, a2);
      a3 = d3.fma(d3, a3);
    }
    for (; i <= to - COUNT; i += COUNT) {
      FloatVector x0 =
          ShortVector.fromArray(SHORTS, x, i)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      FloatVector d0 = x0.sub(c);
      a0 = d0.fma(d0, a0);
    }
    a0.add(a1).add(a2.add(a3)).intoArray(lanes, 0);
    double total = Lanes.total(lanes);
    for (; i < to; i++) {
      float d = HalfPrecision.bf16ToFloat(x[i]) - center;
      total += (double) d * d;
    }
    return total;
  }

  static void normalize(Tile<float[]> x, Tile<float[]> z, int row, RunCoefficients c) {
    short[] xs = Objects.requireNonNull(x.bits());
    short[] zs = Objects.requireNonNull(z.bits());
    int from = x.bitsOffset() + row * x.bitsStride();
    int shift = z.bitsOffset() + row * z.bitsStride() - from;
    int to = from + x.length();
    float center = (float) c.center[c.channel + row];
    float scale = (float) c.scale[c.channel + row];
    float beta = (float) c.shift[c.channel + row];
    FloatVector centers = FloatVector.broadcast(FLOATS, center);
    FloatVector scales = FloatVector.broadcast(FLOATS, scale);
    FloatVector betas = FloatVector.broadcast(FLOATS, beta);
    int i = from;
    for (; i <= to - COUNT; i += COUNT) {
      FloatVector x0 =
          ShortVector.fromArray(SHORTS, xs, i)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      IntVector all = x0.sub(centers).fma(scales, betas).reinterpretAsInts();
      IntVector nan = all.and(Integer.MAX_VALUE).neg().add(F32_INFINITY).lanewise(ASHR, 31);
      IntVector rise = all.lanewise(LSHR, 16).and(1).add(0x7fff).lanewise(AND_NOT, nan);
      all.add(rise)
          .lanewise(LSHR, 16)
          .lanewise(OR, nan.and(0x40))
          .convertShape(I2S, SHORTS, 0)
          .reinterpretAsShorts()
          .intoArray(zs, i + shift);
    }
    for (; i < to; i++) {
      float d = HalfPrecision.bf16ToFloat(xs[i]) - center;
      zs[i + shift] = HalfPrecision.floatToBf16(Math.fma(d, scale, beta));
    }
  }

  /** Adds the sums of dz and of {@code dz * (x - center)} of a row. */
  static void products(
      Tile<float[]> x, Tile<float[]> dz, int row, RunCoefficients k, float[] lanes) {
    short[] xs = Objects.requireNonNull(x.bits());
    short[] dzs = Objects.requireNonNull(dz.bits());
    int from = x.bitsOffset() + row * x.bitsStride();
    int shift = dz.bitsOffset() + row * dz.bitsStride() - from;
    int to = from + x.length();
    float center = (float) k.center[k.channel + row];
    FloatVector c = FloatVector.broadcast(FLOATS, center);
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector a1 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    int i = from;
    for (; i <= to - 2 * COUNT; i += 2 * COUNT) {
      FloatVector x0 =
          ShortVector.fromArray(SHORTS, xs, i)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      FloatVector g0 =
          ShortVector.fromArray(SHORTS, dzs, i + shift)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      a0 = a0.add(g0);
      b0 = x0.sub(c).fma(g0, b0);
      FloatVector x1 =
          ShortVector.fromArray(SHORTS, xs, i + COUNT)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      FloatVector g1 =
          ShortVector.fromArray(SHORTS, dzs, i + shift + COUNT)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      a1 = a1.add(g1);
      b1 = x1.sub(c).fma(g1, b1);
    }
    a0.add(a1).intoArray(lanes, 0);
    double sum = Lanes.total(lanes);
    b0.add(b1).intoArray(lanes, 0);
    double product = Lanes.total(lanes);
    for (; i < to; i++) {
      float g = HalfPrecision.bf16ToFloat(dzs[i + shift]);
      sum += g;
      product += (double) g * (HalfPrecision.bf16ToFloat(xs[i]) - center);
    }
    k.first[k.sums + row] += sum;
    k.second[k.sums + row] += product;
  }

  static void gradient(
      Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, int row, RunCoefficients c) {
    short[] xs = Objects.requireNonNull(x.bits());
    short[] dzs = Objects.requireNonNull(dz.bits());
    short[] dxs = Objects.requireNonNull(dx.bits());
    int atX = x.bitsOffset() + row * x.bitsStride();
    int atDz = dz.bitsOffset() + row * dz.bitsStride();
    int atDx = dx.bitsOffset() + row * dx.bitsStride();
    float center = (float) c.center[c.channel + row];
    float scale = (float) c.scale[c.channel + row];
    float slope = (float) c.slope[c.channel + row];
    float offset = (float) c.offset[c.channel + row];
    FloatVector centers = FloatVector.broadcast(FLOATS, center);
    FloatVector scales = FloatVector.broadcast(FLOATS, scale);
    FloatVector slopes = FloatVector.broadcast(FLOATS, slope);
    FloatVector offsets = FloatVector.broadcast(FLOATS, offset);
    int length = x.length();
    int i = 0;
    for (; i <= length - COUNT; i += COUNT) {
      FloatVector x0 =
          ShortVector.fromArray(SHORTS, xs, atX + i)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      FloatVector g0 =
          ShortVector.fromArray(SHORTS, dzs, atDz + i)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      FloatVector rest = x0.sub(centers).fma(slopes, offsets);
      IntVector all = g0.fma(scales, rest).reinterpretAsInts();
      IntVector nan = all.and(Integer.MAX_VALUE).neg().add(F32_INFINITY).lanewise(ASHR, 31);
      IntVector rise = all.lanewise(LSHR, 16).and(1).add(0x7fff).lanewise(AND_NOT, nan);
      all.add(rise)
          .lanewise(LSHR, 16)
          .lanewise(OR, nan.and(0x40))
          .convertShape(I2S, SHORTS, 0)
          .reinterpretAsShorts()
          .intoArray(dxs, atDx + i);
    }
    for (; i < length; i++) {
      float d = HalfPrecision.bf16ToFloat(xs[atX + i]) - center;
      float g = HalfPrecision.bf16ToFloat(dzs[atDz + i]);
      dxs[atDx + i] = HalfPrecision.floatToBf16(Math.fma(g, scale, Math.fma(d, slope, offset)));
    }
  }
}
