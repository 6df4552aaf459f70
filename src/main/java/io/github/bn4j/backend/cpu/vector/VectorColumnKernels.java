package io.github.bn4j.backend.cpu.vector;

import static io.github.bn4j.backend.cpu.vector.Lanes.COUNT;
import static io.github.bn4j.backend.cpu.vector.Lanes.FLOATS;

import io.github.bn4j.backend.cpu.ColumnKernels;
import io.github.bn4j.backend.cpu.Columns;
import io.github.bn4j.backend.cpu.Tile;
import jdk.incubator.vector.FloatVector;

/**
 * Vector loops over float columns. Sums go down strips of columns. Element-wise loops go along
 * rows; where these are short, down strips too, so that coefficients stay in registers.
 */
final class VectorColumnKernels implements ColumnKernels<float[]> {
  /**
   * Longest rows that are cut to strips. For 64 columns, strips took 0.8 and 1.8 ns a vector for
   * normalizing and for the gradient, rows 2.7 and 3.7; for 256 columns 1.3 and 1.8 against 1.7 and
   * 2.4; for 1024, whose rows collide in the first-level cache, 1.5 and 2.8 against 1.3 and 1.9
   * (AMD EPYC, Zen 5, 512 bit).
   */
  private static final int STRIPS = 256;

  private static final int STRIP = 4 * COUNT;

  private final HalfColumns halves;

  /**
   * Loops for tensors of one type.
   *
   * @param halves loops for tiles of a 16-bit type that lie in a tensor
   */
  VectorColumnKernels(HalfColumns halves) {
    this.halves = halves;
  }

  @Override
  public void moments(Tile<float[]> x, Columns<float[]> c) {
    if (x.bits() != null) {
      halves.moments(x, c);
    } else {
      VectorColumnSums.moments(x, c);
    }
  }

  @Override
  public void gradientSums(Tile<float[]> x, Tile<float[]> dz, Columns<float[]> c) {
    if (x.bits() != null && dz.bits() != null) {
      halves.gradientSums(x, dz, c);
    } else {
      VectorColumnSums.gradientSums(x, dz, c);
    }
  }

  /** Columns of a tile that strips cover. */
  private static int inStrips(Tile<float[]> x) {
    return x.length() <= STRIPS ? x.length() / STRIP * STRIP : 0;
  }

  @Override
  public void normalize(Tile<float[]> x, Tile<float[]> z, Columns<float[]> c) {
    if (x.bits() != null && z.bits() != null) {
      halves.normalize(x, z, c);
      return;
    }
    int done = inStrips(x);
    for (int j = 0; j < done; j += STRIP) {
      normalizeStrips(x, z, j, c);
    }
    for (int r = 0; done < x.length() && r < x.rows(); r++) {
      normalizeRow(x, z, r, done, c);
    }
  }

  private static void normalizeStrips(Tile<float[]> x, Tile<float[]> z, int j, Columns<float[]> c) {
    FloatVector c0 = FloatVector.fromArray(FLOATS, c.center(), j);
    FloatVector c1 = FloatVector.fromArray(FLOATS, c.center(), j + COUNT);
    FloatVector c2 = FloatVector.fromArray(FLOATS, c.center(), j + 2 * COUNT);
    FloatVector c3 = FloatVector.fromArray(FLOATS, c.center(), j + 3 * COUNT);
    FloatVector a0 = FloatVector.fromArray(FLOATS, c.scale(), j);
    FloatVector a1 = FloatVector.fromArray(FLOATS, c.scale(), j + COUNT);
    FloatVector a2 = FloatVector.fromArray(FLOATS, c.scale(), j + 2 * COUNT);
    FloatVector a3 = FloatVector.fromArray(FLOATS, c.scale(), j + 3 * COUNT);
    FloatVector b0 = FloatVector.fromArray(FLOATS, c.shift(), j);
    FloatVector b1 = FloatVector.fromArray(FLOATS, c.shift(), j + COUNT);
    FloatVector b2 = FloatVector.fromArray(FLOATS, c.shift(), j + 2 * COUNT);
    FloatVector b3 = FloatVector.fromArray(FLOATS, c.shift(), j + 3 * COUNT);
    float[] xs = x.array();
    float[] zs = z.array();
    int strideX = x.stride();
    int strideZ = z.stride();
    int atX = x.offset() + j;
    int atZ = z.offset() + j;
    for (int r = x.rows(); r > 0; r--) {
      FloatVector x0 = FloatVector.fromArray(FLOATS, xs, atX);
      FloatVector x1 = FloatVector.fromArray(FLOATS, xs, atX + COUNT);
      FloatVector x2 = FloatVector.fromArray(FLOATS, xs, atX + 2 * COUNT);
      FloatVector x3 = FloatVector.fromArray(FLOATS, xs, atX + 3 * COUNT);
      x0.sub(c0).fma(a0, b0).intoArray(zs, atZ);
      x1.sub(c1).fma(a1, b1).intoArray(zs, atZ + COUNT);
      x2.sub(c2).fma(a2, b2).intoArray(zs, atZ + 2 * COUNT);
      x3.sub(c3).fma(a3, b3).intoArray(zs, atZ + 3 * COUNT);
      atX += strideX;
      atZ += strideZ;
    }
  }

  private static void normalizeRow(
      Tile<float[]> x, Tile<float[]> z, int row, int from, Columns<float[]> c) {
    float[] xs = x.array();
    float[] zs = z.array();
    float[] center = c.center();
    float[] scale = c.scale();
    float[] shift = c.shift();
    int atX = x.offset() + row * x.stride();
    int atZ = z.offset() + row * z.stride();
    int length = x.length();
    int j = from;
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
  public void gradient(Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, Columns<float[]> c) {
    if (x.bits() != null && dz.bits() != null && dx.bits() != null) {
      halves.gradient(x, dz, dx, c);
      return;
    }
    int done = inStrips(x);
    for (int j = 0; j < done; j += STRIP) {
      gradientStrips(x, dz, dx, j, c);
    }
    for (int r = 0; done < x.length() && r < x.rows(); r++) {
      gradientRow(x, dz, dx, r, done, c);
    }
  }

  private static void gradientStrips(
      Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, int j, Columns<float[]> c) {
    FloatVector center0 = FloatVector.fromArray(FLOATS, c.center(), j);
    FloatVector center1 = FloatVector.fromArray(FLOATS, c.center(), j + COUNT);
    FloatVector center2 = FloatVector.fromArray(FLOATS, c.center(), j + 2 * COUNT);
    FloatVector center3 = FloatVector.fromArray(FLOATS, c.center(), j + 3 * COUNT);
    FloatVector slope0 = FloatVector.fromArray(FLOATS, c.slope(), j);
    FloatVector slope1 = FloatVector.fromArray(FLOATS, c.slope(), j + COUNT);
    FloatVector slope2 = FloatVector.fromArray(FLOATS, c.slope(), j + 2 * COUNT);
    FloatVector slope3 = FloatVector.fromArray(FLOATS, c.slope(), j + 3 * COUNT);
    FloatVector offset0 = FloatVector.fromArray(FLOATS, c.offset(), j);
    FloatVector offset1 = FloatVector.fromArray(FLOATS, c.offset(), j + COUNT);
    FloatVector offset2 = FloatVector.fromArray(FLOATS, c.offset(), j + 2 * COUNT);
    FloatVector offset3 = FloatVector.fromArray(FLOATS, c.offset(), j + 3 * COUNT);
    FloatVector scale0 = FloatVector.fromArray(FLOATS, c.scale(), j);
    FloatVector scale1 = FloatVector.fromArray(FLOATS, c.scale(), j + COUNT);
    FloatVector scale2 = FloatVector.fromArray(FLOATS, c.scale(), j + 2 * COUNT);
    FloatVector scale3 = FloatVector.fromArray(FLOATS, c.scale(), j + 3 * COUNT);
    float[] xs = x.array();
    float[] dzs = dz.array();
    float[] dxs = dx.array();
    int atX = x.offset() + j;
    int atDz = dz.offset() + j;
    int atDx = dx.offset() + j;
    for (int r = x.rows(); r > 0; r--) {
      FloatVector d0 = FloatVector.fromArray(FLOATS, xs, atX).sub(center0).fma(slope0, offset0);
      FloatVector d1 =
          FloatVector.fromArray(FLOATS, xs, atX + COUNT).sub(center1).fma(slope1, offset1);
      FloatVector d2 =
          FloatVector.fromArray(FLOATS, xs, atX + 2 * COUNT).sub(center2).fma(slope2, offset2);
      FloatVector d3 =
          FloatVector.fromArray(FLOATS, xs, atX + 3 * COUNT).sub(center3).fma(slope3, offset3);
      FloatVector g0 = FloatVector.fromArray(FLOATS, dzs, atDz).fma(scale0, d0);
      FloatVector g1 = FloatVector.fromArray(FLOATS, dzs, atDz + COUNT).fma(scale1, d1);
      FloatVector g2 = FloatVector.fromArray(FLOATS, dzs, atDz + 2 * COUNT).fma(scale2, d2);
      FloatVector g3 = FloatVector.fromArray(FLOATS, dzs, atDz + 3 * COUNT).fma(scale3, d3);
      g0.intoArray(dxs, atDx);
      g1.intoArray(dxs, atDx + COUNT);
      g2.intoArray(dxs, atDx + 2 * COUNT);
      g3.intoArray(dxs, atDx + 3 * COUNT);
      atX += x.stride();
      atDz += dz.stride();
      atDx += dx.stride();
    }
  }

  private static void gradientRow(
      Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, int row, int from, Columns<float[]> c) {
    float[] xs = x.array();
    float[] dzs = dz.array();
    float[] dxs = dx.array();
    int atX = x.offset() + row * x.stride();
    int atDz = dz.offset() + row * dz.stride();
    int atDx = dx.offset() + row * dx.stride();
    int length = x.length();
    int j = from;
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
