package io.github.bn4j.backend.cpu.vector;

import static io.github.bn4j.backend.cpu.vector.Lanes.COUNT;
import static io.github.bn4j.backend.cpu.vector.Lanes.FLOATS;
import static io.github.bn4j.backend.cpu.vector.Lanes.INTS;
import static io.github.bn4j.backend.cpu.vector.Lanes.SHORTS;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.S2I;

import io.github.bn4j.backend.cpu.Columns;
import io.github.bn4j.backend.cpu.Tile;
import io.github.bn4j.op.HalfPrecision;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;

/** What VectorColumnSums does, for columns of bfloat16, converted on the way. */
final class Bf16ColumnSums {
  private Bf16ColumnSums() {}

  static void moments(Tile<float[]> x, Columns<float[]> c) {
    int j = 0;
    for (; j <= x.length() - 2 * COUNT; j += 2 * COUNT) {
      momentsStrips(x, j, c);
    }
    for (; j <= x.length() - COUNT; j += COUNT) {
      momentsStrip(x, j, c);
    }
    short[] xs = Objects.requireNonNull(x.bits());
    for (; j < x.length(); j++) {
      float sum = 0;
      float squares = 0;
      for (int r = 0; r < x.rows(); r++) {
        float d =
            HalfPrecision.bf16ToFloat(xs[x.bitsOffset() + r * x.bitsStride() + j]) - c.center()[j];
        sum += d;
        squares = Math.fma(d, d, squares);
      }
      c.first()[j] += sum;
      c.second()[j] += squares;
    }
  }

  private static void momentsStrips(Tile<float[]> x, int j, Columns<float[]> c) {
    FloatVector c0 = FloatVector.fromArray(FLOATS, c.center(), j);
    FloatVector c1 = FloatVector.fromArray(FLOATS, c.center(), j + COUNT);
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector a1 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    short[] xs = Objects.requireNonNull(x.bits());
    int atX = x.bitsOffset() + j;
    for (int r = x.rows(); r > 0; r--) {
      FloatVector x0 =
          ShortVector.fromArray(SHORTS, xs, atX)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      FloatVector d0 = x0.sub(c0);
      a0 = a0.add(d0);
      b0 = d0.fma(d0, b0);
      FloatVector x1 =
          ShortVector.fromArray(SHORTS, xs, atX + COUNT)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      FloatVector d1 = x1.sub(c1);
      a1 = a1.add(d1);
      b1 = d1.fma(d1, b1);
      atX += x.bitsStride();
    }
    a0.add(FloatVector.fromArray(FLOATS, c.first(), j)).intoArray(c.first(), j);
    a1.add(FloatVector.fromArray(FLOATS, c.first(), j + COUNT)).intoArray(c.first(), j + COUNT);
    b0.add(FloatVector.fromArray(FLOATS, c.second(), j)).intoArray(c.second(), j);
    b1.add(FloatVector.fromArray(FLOATS, c.second(), j + COUNT)).intoArray(c.second(), j + COUNT);
  }

  private static void momentsStrip(Tile<float[]> x, int j, Columns<float[]> c) {
    FloatVector c0 = FloatVector.fromArray(FLOATS, c.center(), j);
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector b0 = a0;
    short[] xs = Objects.requireNonNull(x.bits());
    int atX = x.bitsOffset() + j;
    for (int r = x.rows(); r > 0; r--) {
      FloatVector x0 =
          ShortVector.fromArray(SHORTS, xs, atX)
              .convertShape(S2I, INTS, 0)
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      FloatVector d0 = x0.sub(c0);
      a0 = a0.add(d0);
      b0 = d0.fma(d0, b0);
      atX += x.bitsStride();
    }
    a0.add(FloatVector.fromArray(FLOATS, c.first(), j)).intoArray(c.first(), j);
    b0.add(FloatVector.fromArray(FLOATS, c.second(), j)).intoArray(c.second(), j);
  }

  static void gradientSums(Tile<float[]> x, Tile<float[]> dz, Columns<float[]> c) {
    int j = 0;
    for (; j <= x.length() - 2 * COUNT; j += 2 * COUNT) {
      productsStrips(x, dz, j, c);
    }
    for (; j <= x.length() - COUNT; j += COUNT) {
      productsStrip(x, dz, j, c);
    }
    short[] xs = Objects.requireNonNull(x.bits());
    short[] dzs = Objects.requireNonNull(dz.bits());
    for (; j < x.length(); j++) {
      float sum = 0;
      float products = 0;
      for (int r = 0; r < x.rows(); r++) {
        float d =
            HalfPrecision.bf16ToFloat(xs[x.bitsOffset() + r * x.bitsStride() + j]) - c.center()[j];
        float g = HalfPrecision.bf16ToFloat(dzs[dz.bitsOffset() + r * dz.bitsStride() + j]);
        sum += g;
        products = Math.fma(d, g, products);
      }
      c.first()[j] += sum;
      c.second()[j] += products;
    }
  }

  private static void productsStrips(Tile<float[]> x, Tile<float[]> dz, int j, Columns<float[]> c) {
    FloatVector c0 = FloatVector.fromArray(FLOATS, c.center(), j);
    FloatVector c1 = FloatVector.fromArray(FLOATS, c.center(), j + COUNT);
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector a1 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    short[] xs = Objects.requireNonNull(x.bits());
    short[] dzs = Objects.requireNonNull(dz.bits());
    int atX = x.bitsOffset() + j;
    int atDz = dz.bitsOffset() + j;
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
      a0 = a0.add(g0);
      b0 = x0.sub(c0).fma(g0, b0);
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
      a1 = a1.add(g1);
      b1 = x1.sub(c1).fma(g1, b1);
      atX += x.bitsStride();
      atDz += dz.bitsStride();
    }
    a0.add(FloatVector.fromArray(FLOATS, c.first(), j)).intoArray(c.first(), j);
    a1.add(FloatVector.fromArray(FLOATS, c.first(), j + COUNT)).intoArray(c.first(), j + COUNT);
    b0.add(FloatVector.fromArray(FLOATS, c.second(), j)).intoArray(c.second(), j);
    b1.add(FloatVector.fromArray(FLOATS, c.second(), j + COUNT)).intoArray(c.second(), j + COUNT);
  }

  private static void productsStrip(Tile<float[]> x, Tile<float[]> dz, int j, Columns<float[]> c) {
    FloatVector c0 = FloatVector.fromArray(FLOATS, c.center(), j);
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector b0 = a0;
    short[] xs = Objects.requireNonNull(x.bits());
    short[] dzs = Objects.requireNonNull(dz.bits());
    int atX = x.bitsOffset() + j;
    int atDz = dz.bitsOffset() + j;
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
      a0 = a0.add(g0);
      b0 = x0.sub(c0).fma(g0, b0);
      atX += x.bitsStride();
      atDz += dz.bitsStride();
    }
    a0.add(FloatVector.fromArray(FLOATS, c.first(), j)).intoArray(c.first(), j);
    b0.add(FloatVector.fromArray(FLOATS, c.second(), j)).intoArray(c.second(), j);
  }
}
