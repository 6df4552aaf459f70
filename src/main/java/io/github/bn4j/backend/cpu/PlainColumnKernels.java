package io.github.bn4j.backend.cpu;

import java.util.Arrays;

/**
 * Plain loops over float columns; rows are copied to scratch first, so that all arrays of a loop
 * are indexed alike and HotSpot vectorises it.
 */
final class PlainColumnKernels implements ColumnKernels<float[]> {
  private float[] a = new float[0];
  private float[] b = new float[0];

  /** Sums of one tile: sums of sums lose fewer digits than one long chain. */
  private float[] sums = new float[0];

  private float[] squares = new float[0];

  @Override
  public void moments(Tile<float[]> x, Columns<float[]> c) {
    reserve(x.length());
    clear(x.length());
    for (int r = 0; r < x.rows(); r++) {
      load(x, r, a);
      addMoments(x.length(), a, c.center());
    }
    addSums(x.length(), c);
  }

  private void addMoments(int count, float[] x, float[] center) {
    float[] first = sums;
    float[] second = squares;
    for (int i = 0; i < count; i++) {
      float d = x[i] - center[i];
      first[i] += d;
      second[i] += d * d;
    }
  }

  private void addSums(int count, Columns<float[]> c) {
    float[] first = c.first();
    float[] second = c.second();
    for (int i = 0; i < count; i++) {
      first[i] += sums[i];
      second[i] += squares[i];
    }
  }

  @Override
  public void normalize(Tile<float[]> x, Tile<float[]> z, Columns<float[]> c) {
    reserve(x.length());
    for (int r = 0; r < x.rows(); r++) {
      load(x, r, a);
      affine(x.length(), a, c);
      store(z, r);
    }
  }

  private static void affine(int count, float[] x, Columns<float[]> c) {
    float[] center = c.center();
    float[] scale = c.scale();
    float[] shift = c.shift();
    for (int i = 0; i < count; i++) {
      x[i] = (x[i] - center[i]) * scale[i] + shift[i];
    }
  }

  @Override
  public void gradientSums(Tile<float[]> x, Tile<float[]> dz, Columns<float[]> c) {
    reserve(x.length());
    clear(x.length());
    for (int r = 0; r < x.rows(); r++) {
      load(x, r, a);
      load(dz, r, b);
      addProducts(x.length(), c.center());
    }
    addSums(x.length(), c);
  }

  private void addProducts(int count, float[] center) {
    float[] x = a;
    float[] dz = b;
    float[] first = sums;
    float[] second = squares;
    for (int i = 0; i < count; i++) {
      first[i] += dz[i];
      second[i] += dz[i] * (x[i] - center[i]);
    }
  }

  @Override
  public void gradient(Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, Columns<float[]> c) {
    reserve(x.length());
    for (int r = 0; r < x.rows(); r++) {
      load(x, r, a);
      load(dz, r, b);
      combine(x.length(), c);
      store(dx, r);
    }
  }

  private void combine(int count, Columns<float[]> c) {
    float[] x = a;
    float[] dz = b;
    float[] center = c.center();
    float[] scale = c.scale();
    float[] slope = c.slope();
    float[] offset = c.offset();
    for (int i = 0; i < count; i++) {
      x[i] = scale[i] * dz[i] + (slope[i] * (x[i] - center[i]) + offset[i]);
    }
  }

  @Override
  public void scale(Tile<float[]> dz, Tile<float[]> dx, Columns<float[]> c) {
    reserve(dz.length());
    for (int r = 0; r < dz.rows(); r++) {
      load(dz, r, a);
      multiply(dz.length(), a, c.scale());
      store(dx, r);
    }
  }

  private static void multiply(int count, float[] x, float[] scale) {
    for (int i = 0; i < count; i++) {
      x[i] = x[i] * scale[i];
    }
  }

  private void reserve(int length) {
    if (a.length < length) {
      a = new float[length];
      b = new float[length];
      sums = new float[length];
      squares = new float[length];
    }
  }

  private void clear(int length) {
    Arrays.fill(sums, 0, length, 0);
    Arrays.fill(squares, 0, length, 0);
  }

  private static void load(Tile<float[]> from, int row, float[] into) {
    System.arraycopy(from.array(), from.offset() + row * from.stride(), into, 0, from.length());
  }

  private void store(Tile<float[]> to, int row) {
    System.arraycopy(a, 0, to.array(), to.offset() + row * to.stride(), to.length());
  }
}
