package io.github.bn4j.backend.cpu.vector;

import static io.github.bn4j.backend.cpu.vector.Lanes.COUNT;
import static io.github.bn4j.backend.cpu.vector.Lanes.FLOATS;

import io.github.bn4j.backend.cpu.Columns;
import io.github.bn4j.backend.cpu.Tile;
import jdk.incubator.vector.FloatVector;

/**
 * Sums down float columns, in strips of a few vectors, so that sums stay in registers over a tile's
 * rows. They start at zero with each tile: sums of sums lose fewer digits than one long chain.
 */
final class VectorColumnSums {
  private VectorColumnSums() {}

  static void moments(Tile<float[]> x, Columns<float[]> c) {
    int j = 0;
    for (; j <= x.length() - 4 * COUNT; j += 4 * COUNT) {
      momentStrips(x, j, c);
    }
    for (; j <= x.length() - COUNT; j += COUNT) {
      momentStrip(x, j, c);
    }
    for (; j < x.length(); j++) {
      float sum = 0;
      float squares = 0;
      for (int r = 0; r < x.rows(); r++) {
        float d = x.array()[x.offset() + r * x.stride() + j] - c.center()[j];
        sum += d;
        squares = Math.fma(d, d, squares);
      }
      c.first()[j] += sum;
      c.second()[j] += squares;
    }
  }

  private static void momentStrips(Tile<float[]> x, int j, Columns<float[]> c) {
    FloatVector c0 = FloatVector.fromArray(FLOATS, c.center(), j);
    FloatVector c1 = FloatVector.fromArray(FLOATS, c.center(), j + COUNT);
    FloatVector c2 = FloatVector.fromArray(FLOATS, c.center(), j + 2 * COUNT);
    FloatVector c3 = FloatVector.fromArray(FLOATS, c.center(), j + 3 * COUNT);
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    FloatVector b2 = a0;
    FloatVector b3 = a0;
    float[] xs = x.array();
    int stride = x.stride();
    int at = x.offset() + j;
    for (int r = x.rows(); r > 0; r--) {
      FloatVector d0 = FloatVector.fromArray(FLOATS, xs, at).sub(c0);
      FloatVector d1 = FloatVector.fromArray(FLOATS, xs, at + COUNT).sub(c1);
      FloatVector d2 = FloatVector.fromArray(FLOATS, xs, at + 2 * COUNT).sub(c2);
      FloatVector d3 = FloatVector.fromArray(FLOATS, xs, at + 3 * COUNT).sub(c3);
      a0 = a0.add(d0);
      a1 = a1.add(d1);
      a2 = a2.add(d2);
      a3 = a3.add(d3);
      b0 = d0.fma(d0, b0);
      b1 = d1.fma(d1, b1);
      b2 = d2.fma(d2, b2);
      b3 = d3.fma(d3, b3);
      at += stride;
    }
    a0.add(FloatVector.fromArray(FLOATS, c.first(), j)).intoArray(c.first(), j);
    a1.add(FloatVector.fromArray(FLOATS, c.first(), j + COUNT)).intoArray(c.first(), j + COUNT);
    a2.add(FloatVector.fromArray(FLOATS, c.first(), j + 2 * COUNT))
        .intoArray(c.first(), j + 2 * COUNT);
    a3.add(FloatVector.fromArray(FLOATS, c.first(), j + 3 * COUNT))
        .intoArray(c.first(), j + 3 * COUNT);
    b0.add(FloatVector.fromArray(FLOATS, c.second(), j)).intoArray(c.second(), j);
    b1.add(FloatVector.fromArray(FLOATS, c.second(), j + COUNT)).intoArray(c.second(), j + COUNT);
    b2.add(FloatVector.fromArray(FLOATS, c.second(), j + 2 * COUNT))
        .intoArray(c.second(), j + 2 * COUNT);
    b3.add(FloatVector.fromArray(FLOATS, c.second(), j + 3 * COUNT))
        .intoArray(c.second(), j + 3 * COUNT);
  }

  private static void momentStrip(Tile<float[]> x, int j, Columns<float[]> c) {
    FloatVector center = FloatVector.fromArray(FLOATS, c.center(), j);
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = a;
    float[] xs = x.array();
    int at = x.offset() + j;
    for (int r = x.rows(); r > 0; r--) {
      FloatVector d = FloatVector.fromArray(FLOATS, xs, at).sub(center);
      a = a.add(d);
      b = d.fma(d, b);
      at += x.stride();
    }
    a.add(FloatVector.fromArray(FLOATS, c.first(), j)).intoArray(c.first(), j);
    b.add(FloatVector.fromArray(FLOATS, c.second(), j)).intoArray(c.second(), j);
  }

  static void gradientSums(Tile<float[]> x, Tile<float[]> dz, Columns<float[]> c) {
    int j = 0;
    for (; j <= x.length() - 4 * COUNT; j += 4 * COUNT) {
      productStrips(x, dz, j, c);
    }
    for (; j <= x.length() - COUNT; j += COUNT) {
      productStrip(x, dz, j, c);
    }
    for (; j < x.length(); j++) {
      float sum = 0;
      float products = 0;
      for (int r = 0; r < x.rows(); r++) {
        float g = dz.array()[dz.offset() + r * dz.stride() + j];
        float d = x.array()[x.offset() + r * x.stride() + j] - c.center()[j];
        sum += g;
        products = Math.fma(d, g, products);
      }
      c.first()[j] += sum;
      c.second()[j] += products;
    }
  }

  private static void productStrips(Tile<float[]> x, Tile<float[]> dz, int j, Columns<float[]> c) {
    FloatVector c0 = FloatVector.fromArray(FLOATS, c.center(), j);
    FloatVector c1 = FloatVector.fromArray(FLOATS, c.center(), j + COUNT);
    FloatVector c2 = FloatVector.fromArray(FLOATS, c.center(), j + 2 * COUNT);
    FloatVector c3 = FloatVector.fromArray(FLOATS, c.center(), j + 3 * COUNT);
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    FloatVector b2 = a0;
    FloatVector b3 = a0;
    float[] xs = x.array();
    float[] dzs = dz.array();
    int strideX = x.stride();
    int strideDz = dz.stride();
    int atX = x.offset() + j;
    int atDz = dz.offset() + j;
    for (int r = x.rows(); r > 0; r--) {
      FloatVector g0 = FloatVector.fromArray(FLOATS, dzs, atDz);
      FloatVector g1 = FloatVector.fromArray(FLOATS, dzs, atDz + COUNT);
      FloatVector g2 = FloatVector.fromArray(FLOATS, dzs, atDz + 2 * COUNT);
      FloatVector g3 = FloatVector.fromArray(FLOATS, dzs, atDz + 3 * COUNT);
      a0 = a0.add(g0);
      a1 = a1.add(g1);
      a2 = a2.add(g2);
      a3 = a3.add(g3);
      b0 = FloatVector.fromArray(FLOATS, xs, atX).sub(c0).fma(g0, b0);
      b1 = FloatVector.fromArray(FLOATS, xs, atX + COUNT).sub(c1).fma(g1, b1);
      b2 = FloatVector.fromArray(FLOATS, xs, atX + 2 * COUNT).sub(c2).fma(g2, b2);
      b3 = FloatVector.fromArray(FLOATS, xs, atX + 3 * COUNT).sub(c3).fma(g3, b3);
      atX += strideX;
      atDz += strideDz;
    }
    a0.add(FloatVector.fromArray(FLOATS, c.first(), j)).intoArray(c.first(), j);
    a1.add(FloatVector.fromArray(FLOATS, c.first(), j + COUNT)).intoArray(c.first(), j + COUNT);
    a2.add(FloatVector.fromArray(FLOATS, c.first(), j + 2 * COUNT))
        .intoArray(c.first(), j + 2 * COUNT);
    a3.add(FloatVector.fromArray(FLOATS, c.first(), j + 3 * COUNT))
        .intoArray(c.first(), j + 3 * COUNT);
    b0.add(FloatVector.fromArray(FLOATS, c.second(), j)).intoArray(c.second(), j);
    b1.add(FloatVector.fromArray(FLOATS, c.second(), j + COUNT)).intoArray(c.second(), j + COUNT);
    b2.add(FloatVector.fromArray(FLOATS, c.second(), j + 2 * COUNT))
        .intoArray(c.second(), j + 2 * COUNT);
    b3.add(FloatVector.fromArray(FLOATS, c.second(), j + 3 * COUNT))
        .intoArray(c.second(), j + 3 * COUNT);
  }

  private static void productStrip(Tile<float[]> x, Tile<float[]> dz, int j, Columns<float[]> c) {
    FloatVector center = FloatVector.fromArray(FLOATS, c.center(), j);
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = a;
    float[] xs = x.array();
    float[] dzs = dz.array();
    int atX = x.offset() + j;
    int atDz = dz.offset() + j;
    for (int r = x.rows(); r > 0; r--) {
      FloatVector g = FloatVector.fromArray(FLOATS, dzs, atDz);
      a = a.add(g);
      b = FloatVector.fromArray(FLOATS, xs, atX).sub(center).fma(g, b);
      atX += x.stride();
      atDz += dz.stride();
    }
    a.add(FloatVector.fromArray(FLOATS, c.first(), j)).intoArray(c.first(), j);
    b.add(FloatVector.fromArray(FLOATS, c.second(), j)).intoArray(c.second(), j);
  }
}
