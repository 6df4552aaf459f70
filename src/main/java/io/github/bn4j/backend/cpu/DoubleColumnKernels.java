package io.github.bn4j.backend.cpu;

import java.util.Arrays;

/**
 * Plain loops over double columns; rows are copied to scratch first, so that all arrays of a loop
 * are indexed alike and HotSpot vectorises it.
 */
final class DoubleColumnKernels implements ColumnKernels<double[]> {
  private double[] a = new double[0];
  private double[] b = new double[0];

  /** Sums of one tile: sums of sums lose fewer digits than one long chain. */
  private double[] sums = new double[0];

  private double[] squares = new double[0];

  @Override
  public void moments(Tile<double[]> x, Columns<double[]> c) {
    reserve(x.length());
    clear(x.length());
    for (int r = 0; r < x.rows(); r++) {
      load(x, r, a);
      addMoments(x.length(), a, c.center());
    }
    addSums(x.length(), c);
  }

  private void addMoments(int count, double[] x, double[] center) {
    double[] first = sums;
    double[] second = squares;
    for (int i = 0; i < count; i++) {
      double d = x[i] - center[i];
      first[i] += d;
      second[i] += d * d;
    }
  }

  private void addSums(int count, Columns<double[]> c) {
    double[] first = c.first();
    double[] second = c.second();
    for (int i = 0; i < count; i++) {
      first[i] += sums[i];
      second[i] += squares[i];
    }
  }

  @Override
  public void normalize(Tile<double[]> x, Tile<double[]> z, Columns<double[]> c) {
    reserve(x.length());
    for (int r = 0; r < x.rows(); r++) {
      load(x, r, a);
      affine(x.length(), a, c);
      store(z, r);
    }
  }

  private static void affine(int count, double[] x, Columns<double[]> c) {
    double[] center = c.center();
    double[] scale = c.scale();
    double[] shift = c.shift();
    for (int i = 0; i < count; i++) {
      x[i] = (x[i] - center[i]) * scale[i] + shift[i];
    }
  }

  @Override
  public void gradientSums(Tile<double[]> x, Tile<double[]> dz, Columns<double[]> c) {
    reserve(x.length());
    clear(x.length());
    for (int r = 0; r < x.rows(); r++) {
      load(x, r, a);
      load(dz, r, b);
      addProducts(x.length(), c.center());
    }
    addSums(x.length(), c);
  }

  private void addProducts(int count, double[] center) {
    double[] x = a;
    double[] dz = b;
    double[] first = sums;
    double[] second = squares;
    for (int i = 0; i < count; i++) {
      first[i] += dz[i];
      second[i] += dz[i] * (x[i] - center[i]);
    }
  }

  @Override
  public void gradient(
      Tile<double[]> x, Tile<double[]> dz, Tile<double[]> dx, Columns<double[]> c) {
    reserve(x.length());
    for (int r = 0; r < x.rows(); r++) {
      load(x, r, a);
      load(dz, r, b);
      combine(x.length(), c);
      store(dx, r);
    }
  }

  private void combine(int count, Columns<double[]> c) {
    double[] x = a;
    double[] dz = b;
    double[] center = c.center();
    double[] scale = c.scale();
    double[] slope = c.slope();
    double[] offset = c.offset();
    for (int i = 0; i < count; i++) {
      x[i] = scale[i] * dz[i] + (slope[i] * (x[i] - center[i]) + offset[i]);
    }
  }

  @Override
  public void scale(Tile<double[]> dz, Tile<double[]> dx, Columns<double[]> c) {
    reserve(dz.length());
    for (int r = 0; r < dz.rows(); r++) {
      load(dz, r, a);
      multiply(dz.length(), a, c.scale());
      store(dx, r);
    }
  }

  private static void multiply(int count, double[] x, double[] scale) {
    for (int i = 0; i < count; i++) {
      x[i] = x[i] * scale[i];
    }
  }

  private void reserve(int length) {
    if (a.length < length) {
      a = new double[length];
      b = new double[length];
      sums = new double[length];
      squares = new double[length];
    }
  }

  private void clear(int length) {
    Arrays.fill(sums, 0, length, 0);
    Arrays.fill(squares, 0, length, 0);
  }

  private static void load(Tile<double[]> from, int row, double[] into) {
    System.arraycopy(from.array(), from.offset() + row * from.stride(), into, 0, from.length());
  }

  private void store(Tile<double[]> to, int row) {
    System.arraycopy(a, 0, to.array(), to.offset() + row * to.stride(), to.length());
  }
}
