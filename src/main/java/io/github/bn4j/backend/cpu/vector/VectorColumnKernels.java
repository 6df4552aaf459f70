package io.github.bn4j.backend.cpu.vector;

import static io.github.bn4j.backend.cpu.vector.Lanes.COUNT;
import static io.github.bn4j.backend.cpu.vector.Lanes.FLOATS;

import io.github.bn4j.backend.cpu.ColumnKernels;
import io.github.bn4j.backend.cpu.Columns;
import io.github.bn4j.backend.cpu.Tile;
import jdk.incubator.vector.FloatVector;

/**
 * Vector loops over float columns. Sums go down strips of a few vectors, so that they stay in
 * registers over a tile's rows; element-wise loops go along rows.
 */
final class VectorColumnKernels implements ColumnKernels<float[]> {
  @Override
  public void sums(Tile<float[]> x, Columns<float[]> c) {
    int j = 0;
    for (; j <= x.length() - 4 * COUNT; j += 4 * COUNT) {
      sumStrips(x, j, c.center(), c.first());
    }
    for (; j <= x.length() - COUNT; j += COUNT) {
      sumStrip(x, j, c.center(), c.first());
    }
    for (; j < x.length(); j++) {
      float sum = c.first()[j];
      for (int r = 0; r < x.rows(); r++) {
        sum += x.array()[x.offset() + r * x.stride() + j] - c.center()[j];
      }
      c.first()[j] = sum;
    }
  }

  private static void sumStrips(Tile<float[]> x, int j, float[] center, float[] sums) {
    FloatVector c0 = FloatVector.fromArray(FLOATS, center, j);
    FloatVector c1 = FloatVector.fromArray(FLOATS, center, j + COUNT);
    FloatVector c2 = FloatVector.fromArray(FLOATS, center, j + 2 * COUNT);
    FloatVector c3 = FloatVector.fromArray(FLOATS, center, j + 3 * COUNT);
    FloatVector a0 = FloatVector.fromArray(FLOATS, sums, j);
    FloatVector a1 = FloatVector.fromArray(FLOATS, sums, j + COUNT);
    FloatVector a2 = FloatVector.fromArray(FLOATS, sums, j + 2 * COUNT);
    FloatVector a3 = FloatVector.fromArray(FLOATS, sums, j + 3 * COUNT);
    float[] xs = x.array();
    int stride = x.stride();
    int at = x.offset() + j;
    for (int r = x.rows(); r > 0; r--) {
      a0 = a0.add(FloatVector.fromArray(FLOATS, xs, at).sub(c0));
      a1 = a1.add(FloatVector.fromArray(FLOATS, xs, at + COUNT).sub(c1));
      a2 = a2.add(FloatVector.fromArray(FLOATS, xs, at + 2 * COUNT).sub(c2));
      a3 = a3.add(FloatVector.fromArray(FLOATS, xs, at + 3 * COUNT).sub(c3));
      at += stride;
    }
    a0.intoArray(sums, j);
    a1.intoArray(sums, j + COUNT);
    a2.intoArray(sums, j + 2 * COUNT);
    a3.intoArray(sums, j + 3 * COUNT);
  }

  private static void sumStrip(Tile<float[]> x, int j, float[] center, float[] sums) {
    FloatVector c = FloatVector.fromArray(FLOATS, center, j);
    FloatVector a = FloatVector.fromArray(FLOATS, sums, j);
    float[] xs = x.array();
    int at = x.offset() + j;
    for (int r = x.rows(); r > 0; r--) {
      a = a.add(FloatVector.fromArray(FLOATS, xs, at).sub(c));
      at += x.stride();
    }
    a.intoArray(sums, j);
  }

  @Override
  public void squares(Tile<float[]> x, Columns<float[]> c) {
    int j = 0;
    for (; j <= x.length() - 4 * COUNT; j += 4 * COUNT) {
      squareStrips(x, j, c.center(), c.second());
    }
    for (; j <= x.length() - COUNT; j += COUNT) {
      squareStrip(x, j, c.center(), c.second());
    }
    for (; j < x.length(); j++) {
      float sum = c.second()[j];
      for (int r = 0; r < x.rows(); r++) {
        float d = x.array()[x.offset() + r * x.stride() + j] - c.center()[j];
        sum = Math.fma(d, d, sum);
      }
      c.second()[j] = sum;
    }
  }

  private static void squareStrips(Tile<float[]> x, int j, float[] center, float[] sums) {
    FloatVector c0 = FloatVector.fromArray(FLOATS, center, j);
    FloatVector c1 = FloatVector.fromArray(FLOATS, center, j + COUNT);
    FloatVector c2 = FloatVector.fromArray(FLOATS, center, j + 2 * COUNT);
    FloatVector c3 = FloatVector.fromArray(FLOATS, center, j + 3 * COUNT);
    FloatVector a0 = FloatVector.fromArray(FLOATS, sums, j);
    FloatVector a1 = FloatVector.fromArray(FLOATS, sums, j + COUNT);
    FloatVector a2 = FloatVector.fromArray(FLOATS, sums, j + 2 * COUNT);
    FloatVector a3 = FloatVector.fromArray(FLOATS, sums, j + 3 * COUNT);
    float[] xs = x.array();
    int stride = x.stride();
    int at = x.offset() + j;
    for (int r = x.rows(); r > 0; r--) {
      FloatVector d0 = FloatVector.fromArray(FLOATS, xs, at).sub(c0);
      FloatVector d1 = FloatVector.fromArray(FLOATS, xs, at + COUNT).sub(c1);
      FloatVector d2 = FloatVector.fromArray(FLOATS, xs, at + 2 * COUNT).sub(c2);
      FloatVector d3 = FloatVector.fromArray(FLOATS, xs, at + 3 * COUNT).sub(c3);
      a0 = d0.fma(d0, a0);
      a1 = d1.fma(d1, a1);
      a2 = d2.fma(d2, a2);
      a3 = d3.fma(d3, a3);
      at += stride;
    }
    a0.intoArray(sums, j);
    a1.intoArray(sums, j + COUNT);
    a2.intoArray(sums, j + 2 * COUNT);
    a3.intoArray(sums, j + 3 * COUNT);
  }

  private static void squareStrip(Tile<float[]> x, int j, float[] center, float[] sums) {
    FloatVector c = FloatVector.fromArray(FLOATS, center, j);
    FloatVector a = FloatVector.fromArray(FLOATS, sums, j);
    float[] xs = x.array();
    int at = x.offset() + j;
    for (int r = x.rows(); r > 0; r--) {
      FloatVector d = FloatVector.fromArray(FLOATS, xs, at).sub(c);
      a = d.fma(d, a);
      at += x.stride();
    }
    a.intoArray(sums, j);
  }

  @Override
  public void normalize(Tile<float[]> x, Tile<float[]> z, Columns<float[]> c) {
    for (int r = 0; r < x.rows(); r++) {
      normalizeRow(x, z, r, c);
    }
  }

  private static void normalizeRow(Tile<float[]> x, Tile<float[]> z, int row, Columns<float[]> c) {
    float[] xs = x.array();
    float[] zs = z.array();
    float[] center = c.center();
    float[] scale = c.scale();
    float[] shift = c.shift();
    int atX = x.offset() + row * x.stride();
    int atZ = z.offset() + row * z.stride();
    int length = x.length();
    int j = 0;
    for (; j <= length - COUNT; j += COUNT) {
      FloatVector.fromArray(FLOATS, xs, atX + j)
          .sub(FloatVector.fromArray(FLOATS, center, j))
          .fma(FloatVector.fromArray(FLOATS, scale, j), FloatVector.fromArray(FLOATS, shift, j))
          .intoArray(zs, atZ + j);
    }
    for (; j < length; j++) {
      zs[atZ + j] = Math.fma(xs[atX + j] - center[j], scale[j], shift[j]);
    }
  }

  @Override
  public void gradientSums(Tile<float[]> x, Tile<float[]> dz, Columns<float[]> c) {
    int j = 0;
    for (; j <= x.length() - 2 * COUNT; j += 2 * COUNT) {
      productStrips(x, dz, j, c);
    }
    for (; j <= x.length() - COUNT; j += COUNT) {
      productStrip(x, dz, j, c);
    }
    for (; j < x.length(); j++) {
      for (int r = 0; r < x.rows(); r++) {
        float g = dz.array()[dz.offset() + r * dz.stride() + j];
        float d = x.array()[x.offset() + r * x.stride() + j] - c.center()[j];
        c.first()[j] += g;
        c.second()[j] = Math.fma(d, g, c.second()[j]);
      }
    }
  }

  private static void productStrips(Tile<float[]> x, Tile<float[]> dz, int j, Columns<float[]> c) {
    FloatVector c0 = FloatVector.fromArray(FLOATS, c.center(), j);
    FloatVector c1 = FloatVector.fromArray(FLOATS, c.center(), j + COUNT);
    FloatVector a0 = FloatVector.fromArray(FLOATS, c.first(), j);
    FloatVector a1 = FloatVector.fromArray(FLOATS, c.first(), j + COUNT);
    FloatVector b0 = FloatVector.fromArray(FLOATS, c.second(), j);
    FloatVector b1 = FloatVector.fromArray(FLOATS, c.second(), j + COUNT);
    float[] xs = x.array();
    float[] dzs = dz.array();
    int atX = x.offset() + j;
    int atDz = dz.offset() + j;
    for (int r = x.rows(); r > 0; r--) {
      FloatVector g0 = FloatVector.fromArray(FLOATS, dzs, atDz);
      FloatVector g1 = FloatVector.fromArray(FLOATS, dzs, atDz + COUNT);
      a0 = a0.add(g0);
      a1 = a1.add(g1);
      b0 = FloatVector.fromArray(FLOATS, xs, atX).sub(c0).fma(g0, b0);
      b1 = FloatVector.fromArray(FLOATS, xs, atX + COUNT).sub(c1).fma(g1, b1);
      atX += x.stride();
      atDz += dz.stride();
    }
    a0.intoArray(c.first(), j);
    a1.intoArray(c.first(), j + COUNT);
    b0.intoArray(c.second(), j);
    b1.intoArray(c.second(), j + COUNT);
  }

  private static void productStrip(Tile<float[]> x, Tile<float[]> dz, int j, Columns<float[]> c) {
    FloatVector center = FloatVector.fromArray(FLOATS, c.center(), j);
    FloatVector a = FloatVector.fromArray(FLOATS, c.first(), j);
    FloatVector b = FloatVector.fromArray(FLOATS, c.second(), j);
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
    a.intoArray(c.first(), j);
    b.intoArray(c.second(), j);
  }

  @Override
  public void gradient(Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, Columns<float[]> c) {
    for (int r = 0; r < x.rows(); r++) {
      gradientRow(x, dz, dx, r, c);
    }
  }

  private static void gradientRow(
      Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, int row, Columns<float[]> c) {
    float[] xs = x.array();
    float[] dzs = dz.array();
    float[] dxs = dx.array();
    int atX = x.offset() + row * x.stride();
    int atDz = dz.offset() + row * dz.stride();
    int atDx = dx.offset() + row * dx.stride();
    int length = x.length();
    int j = 0;
    for (; j <= length - COUNT; j += COUNT) {
      FloatVector rest =
          FloatVector.fromArray(FLOATS, xs, atX + j)
              .sub(FloatVector.fromArray(FLOATS, c.center(), j))
              .fma(
                  FloatVector.fromArray(FLOATS, c.slope(), j),
                  FloatVector.fromArray(FLOATS, c.offset(), j));
      FloatVector.fromArray(FLOATS, dzs, atDz + j)
          .fma(FloatVector.fromArray(FLOATS, c.scale(), j), rest)
          .intoArray(dxs, atDx + j);
    }
    for (; j < length; j++) {
      float rest = Math.fma(xs[atX + j] - c.center()[j], c.slope()[j], c.offset()[j]);
      dxs[atDx + j] = Math.fma(dzs[atDz + j], c.scale()[j], rest);
    }
  }

  @Override
  public void scale(Tile<float[]> dz, Tile<float[]> dx, Columns<float[]> c) {
    for (int r = 0; r < dz.rows(); r++) {
      scaleRow(dz, dx, r, c.scale());
    }
  }

  private static void scaleRow(Tile<float[]> dz, Tile<float[]> dx, int row, float[] scale) {
    float[] dzs = dz.array();
    float[] dxs = dx.array();
    int atDz = dz.offset() + row * dz.stride();
    int atDx = dx.offset() + row * dx.stride();
    int length = dz.length();
    int j = 0;
    for (; j <= length - COUNT; j += COUNT) {
      FloatVector.fromArray(FLOATS, dzs, atDz + j)
          .mul(FloatVector.fromArray(FLOATS, scale, j))
          .intoArray(dxs, atDx + j);
    }
    for (; j < length; j++) {
      dxs[atDx + j] = dzs[atDz + j] * scale[j];
    }
  }
}
