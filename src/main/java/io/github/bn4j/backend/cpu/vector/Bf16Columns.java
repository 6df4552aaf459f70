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

import io.github.bn4j.backend.cpu.Columns;
import io.github.bn4j.backend.cpu.Tile;
import io.github.bn4j.op.HalfPrecision;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * What VectorColumnKernels does, for columns of bfloat16, converted on the way: memory and
 * arithmetic overlap, and nothing goes through an array of floats. Rounding is explained in
 * VectorHalfKernels; each method of a loop is long enough not to be inlined.
 */
final class Bf16Columns {
  /** Longest rows that are cut to strips. */
  private static final int STRIPS = 256;

  private static final int STRIP = 2 * COUNT;

  private static final int F32_INFINITY = 0x7f800000;

  private Bf16Columns() {}

  static void normalize(Tile<float[]> x, Tile<float[]> z, Columns<float[]> c) {
    int done = x.length() <= STRIPS ? x.length() / STRIP * STRIP : 0;
    for (int j = 0; j < done; j += STRIP) {
      normalizeStrips(x, z, j, c);
    }
    if (done < x.length()) {
      normalizeRows(x, z, done, c);
    }
  }

  private static void normalizeStrips(Tile<float[]> x, Tile<float[]> z, int j, Columns<float[]> c) {
    FloatVector center0 = FloatVector.fromArray(FLOATS, c.center(), j);
    FloatVector center1 = FloatVector.fromArray(FLOATS, c.center(), j + COUNT);
    FloatVector scale0 = FloatVector.fromArray(FLOATS, c.scale(), j);
    FloatVector scale1 = FloatVector.fromArray(FLOATS, c.scale(), j + COUNT);
    FloatVector beta0 = FloatVector.fromArray(FLOATS, c.shift(), j);
    FloatVector beta1 = FloatVector.fromArray(FLOATS, c.shift(), j + COUNT);
    short[] xs = Objects.requireNonNull(x.bits());
    short[] zs = Objects.requireNonNull(z.bits());
    int atX = x.bitsOffset() + j;
    int atZ = z.bitsOffset() + j;
    for (int r = x.rows(); r > 0; r--) {
      FloatVector x0 =
          ShortVector.fromArray(SHORTS, xs, atX)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      FloatVector x1 =
          ShortVector.fromArray(SHORTS, xs, atX + COUNT)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      IntVector all0 = x0.sub(center0).fma(scale0, beta0).reinterpretAsInts();
      IntVector nan0 = all0.and(Integer.MAX_VALUE).neg().add(F32_INFINITY).lanewise(ASHR, 31);
      IntVector rise0 = all0.lanewise(LSHR, 16).and(1).add(0x7fff).lanewise(AND_NOT, nan0);
      all0.add(rise0)
          .lanewise(LSHR, 16)
          .lanewise(OR, nan0.and(0x40))
          .convertShape(I2S, SHORTS, 0)
          .reinterpretAsShorts()
          .intoArray(zs, atZ);
      IntVector all1 = x1.sub(center1).fma(scale1, beta1).reinterpretAsInts();
      IntVector nan1 = all1.and(Integer.MAX_VALUE).neg().add(F32_INFINITY).lanewise(ASHR, 31);
      IntVector rise1 = all1.lanewise(LSHR, 16).and(1).add(0x7fff).lanewise(AND_NOT, nan1);
      all1.add(rise1)
          .lanewise(LSHR, 16)
          .lanewise(OR, nan1.and(0x40))
          .convertShape(I2S, SHORTS, 0)
          .reinterpretAsShorts()
          .intoArray(zs, atZ + COUNT);
      atX += x.bitsStride();
      atZ += z.bitsStride();
    }
  }

  private static void normalizeRows(
      Tile<float[]> x, Tile<float[]> z, int from, Columns<float[]> c) {
    short[] xs = Objects.requireNonNull(x.bits());
    short[] zs = Objects.requireNonNull(z.bits());
    int length = x.length();
    for (int r = 0; r < x.rows(); r++) {
      int atX = x.bitsOffset() + r * x.bitsStride();
      int atZ = z.bitsOffset() + r * z.bitsStride();
      int j = from;
      for (; j <= length - COUNT; j += COUNT) {
        FloatVector x0 =
            ShortVector.fromArray(SHORTS, xs, atX + j)
                .convertShape(S2I, INTS, 0)
                .lanewise(LSHL, 16)
                .reinterpretAsFloats();
        IntVector all =
            x0.sub(FloatVector.fromArray(FLOATS, c.center(), j))
                .fma(
                    FloatVector.fromArray(FLOATS, c.scale(), j),
                    FloatVector.fromArray(FLOATS, c.shift(), j))
                .reinterpretAsInts();
        IntVector nan = all.and(Integer.MAX_VALUE).neg().add(F32_INFINITY).lanewise(ASHR, 31);
        IntVector rise = all.lanewise(LSHR, 16).and(1).add(0x7fff).lanewise(AND_NOT, nan);
        all.add(rise)
            .lanewise(LSHR, 16)
            .lanewise(OR, nan.and(0x40))
            .convertShape(I2S, SHORTS, 0)
            .reinterpretAsShorts()
            .intoArray(zs, atZ + j);
      }
      for (; j < length; j++) {
        float d = HalfPrecision.bf16ToFloat(xs[atX + j]) - c.center()[j];
        zs[atZ + j] = HalfPrecision.floatToBf16(Math.fma(d, c.scale()[j], c.shift()[j]));
      }
    }
  }

  static void gradient(Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, Columns<float[]> c) {
    int done = x.length() <= STRIPS ? x.length() / STRIP * STRIP : 0;
    for (int j = 0; j < done; j += STRIP) {
      gradientStrips(x, dz, dx, j, c);
    }
    if (done < x.length()) {
      gradientRows(x, dz, dx, done, c);
    }
  }

  private static void gradientStrips(
      Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, int j, Columns<float[]> c) {
    FloatVector center0 = FloatVector.fromArray(FLOATS, c.center(), j);
    FloatVector center1 = FloatVector.fromArray(FLOATS, c.center(), j + COUNT);
    FloatVector scale0 = FloatVector.fromArray(FLOATS, c.scale(), j);
    FloatVector scale1 = FloatVector.fromArray(FLOATS, c.scale(), j + COUNT);
    FloatVector slope0 = FloatVector.fromArray(FLOATS, c.slope(), j);
    FloatVector slope1 = FloatVector.fromArray(FLOATS, c.slope(), j + COUNT);
    FloatVector offset0 = FloatVector.fromArray(FLOATS, c.offset(), j);
    FloatVector offset1 = FloatVector.fromArray(FLOATS, c.offset(), j + COUNT);
    short[] xs = Objects.requireNonNull(x.bits());
    short[] dzs = Objects.requireNonNull(dz.bits());
    short[] dxs = Objects.requireNonNull(dx.bits());
    int atX = x.bitsOffset() + j;
    int atDz = dz.bitsOffset() + j;
    int atDx = dx.bitsOffset() + j;
    for (int r = x.rows(); r > 0; r--) {
      FloatVector x0 =
          ShortVector.fromArray(SHORTS, xs, atX)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      FloatVector g0 =
          ShortVector.fromArray(SHORTS, dzs, atDz)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      FloatVector x1 =
          ShortVector.fromArray(SHORTS, xs, atX + COUNT)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      FloatVector g1 =
          ShortVector.fromArray(SHORTS, dzs, atDz + COUNT)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      FloatVector rest0 = x0.sub(center0).fma(slope0, offset0);
      IntVector all0 = g0.fma(scale0, rest0).reinterpretAsInts();
      IntVector nan0 = all0.and(Integer.MAX_VALUE).neg().add(F32_INFINITY).lanewise(ASHR, 31);
      IntVector rise0 = all0.lanewise(LSHR, 16).and(1).add(0x7fff).lanewise(AND_NOT, nan0);
      all0.add(rise0)
          .lanewise(LSHR, 16)
          .lanewise(OR, nan0.and(0x40))
          .convertShape(I2S, SHORTS, 0)
          .reinterpretAsShorts()
          .intoArray(dxs, atDx);
      FloatVector rest1 = x1.sub(center1).fma(slope1, offset1);
      IntVector all1 = g1.fma(scale1, rest1).reinterpretAsInts();
      IntVector nan1 = all1.and(Integer.MAX_VALUE).neg().add(F32_INFINITY).lanewise(ASHR, 31);
      IntVector rise1 = all1.lanewise(LSHR, 16).and(1).add(0x7fff).lanewise(AND_NOT, nan1);
      all1.add(rise1)
          .lanewise(LSHR, 16)
          .lanewise(OR, nan1.and(0x40))
          .convertShape(I2S, SHORTS, 0)
          .reinterpretAsShorts()
          .intoArray(dxs, atDx + COUNT);
      atX += x.bitsStride();
      atDz += dz.bitsStride();
      atDx += dx.bitsStride();
    }
  }

  private static void gradientRows(
      Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, int from, Columns<float[]> c) {
    short[] xs = Objects.requireNonNull(x.bits());
    short[] dzs = Objects.requireNonNull(dz.bits());
    short[] dxs = Objects.requireNonNull(dx.bits());
    int length = x.length();
    for (int r = 0; r < x.rows(); r++) {
      int atX = x.bitsOffset() + r * x.bitsStride();
      int atDz = dz.bitsOffset() + r * dz.bitsStride();
      int atDx = dx.bitsOffset() + r * dx.bitsStride();
      int j = from;
      for (; j <= length - COUNT; j += COUNT) {
        FloatVector x0 =
            ShortVector.fromArray(SHORTS, xs, atX + j)
                .convertShape(S2I, INTS, 0)
                .lanewise(LSHL, 16)
                .reinterpretAsFloats();
        FloatVector g0 =
            ShortVector.fromArray(SHORTS, dzs, atDz + j)
                .convertShape(S2I, INTS, 0)
                .lanewise(LSHL, 16)
                .reinterpretAsFloats();
        FloatVector rest =
            x0.sub(FloatVector.fromArray(FLOATS, c.center(), j))
                .fma(
                    FloatVector.fromArray(FLOATS, c.slope(), j),
                    FloatVector.fromArray(FLOATS, c.offset(), j));
        IntVector all =
            g0.fma(FloatVector.fromArray(FLOATS, c.scale(), j), rest).reinterpretAsInts();
        IntVector nan = all.and(Integer.MAX_VALUE).neg().add(F32_INFINITY).lanewise(ASHR, 31);
        IntVector rise = all.lanewise(LSHR, 16).and(1).add(0x7fff).lanewise(AND_NOT, nan);
        all.add(rise)
            .lanewise(LSHR, 16)
            .lanewise(OR, nan.and(0x40))
            .convertShape(I2S, SHORTS, 0)
            .reinterpretAsShorts()
            .intoArray(dxs, atDx + j);
      }
      for (; j < length; j++) {
        float rest =
            Math.fma(
                HalfPrecision.bf16ToFloat(xs[atX + j]) - c.center()[j],
                c.slope()[j],
                c.offset()[j]);
        float g = HalfPrecision.bf16ToFloat(dzs[atDz + j]);
        dxs[atDx + j] = HalfPrecision.floatToBf16(Math.fma(g, c.scale()[j], rest));
      }
    }
  }
}
