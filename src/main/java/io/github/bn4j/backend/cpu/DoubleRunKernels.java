package io.github.bn4j.backend.cpu;

import java.util.Arrays;

/**
 * Plain loops over double runs.
 *
 * <p>HotSpot vectorises a loop only if all its arrays are indexed alike, and no sum over them: runs
 * are copied to a row of scratch first, and sums are kept apart per element of that row.
 */
final class DoubleRunKernels implements RunKernels<double[]> {
  private static final int WIDTH = CpuTuning.PLAIN_ROW;

  private final double[] first = new double[WIDTH];
  private final double[] second = new double[WIDTH];
  private final double[] a = new double[WIDTH];
  private final double[] b = new double[WIDTH];

  @Override
  public void sums(Tile<double[]> x, double[] centers, double[] into) {
    for (int r = 0; r < x.rows(); r++) {
      Arrays.fill(first, 0);
      for (int i = 0; i < x.length(); i += WIDTH) {
        addSum(load(x, r, i, a), centers[r]);
      }
      into[r] = total(first);
    }
  }

  private void addSum(int count, double center) {
    for (int i = 0; i < count; i++) {
      first[i] += a[i] - center;
    }
  }

  @Override
  public void squares(Tile<double[]> x, double[] centers, double[] into) {
    for (int r = 0; r < x.rows(); r++) {
      Arrays.fill(first, 0);
      for (int i = 0; i < x.length(); i += WIDTH) {
        addSquares(load(x, r, i, a), centers[r]);
      }
      into[r] = total(first);
    }
  }

  private void addSquares(int count, double center) {
    for (int i = 0; i < count; i++) {
      first[i] += (a[i] - center) * (a[i] - center);
    }
  }

  @Override
  public void normalize(Tile<double[]> x, Tile<double[]> z, RunCoefficients c) {
    for (int r = 0; r < x.rows(); r++) {
      int channel = c.channel + r;
      for (int i = 0; i < x.length(); i += WIDTH) {
        int count = load(x, r, i, a);
        affine(count, c.center[channel], c.scale[channel], c.shift[channel]);
        store(z, r, i, count);
      }
    }
  }

  private void affine(int count, double center, double scale, double shift) {
    for (int i = 0; i < count; i++) {
      a[i] = (a[i] - center) * scale + shift;
    }
  }

  @Override
  public void gradientSums(Tile<double[]> x, Tile<double[]> dz, RunCoefficients c) {
    for (int r = 0; r < x.rows(); r++) {
      Arrays.fill(first, 0);
      Arrays.fill(second, 0);
      for (int i = 0; i < x.length(); i += WIDTH) {
        load(x, r, i, a);
        addProducts(load(dz, r, i, b), c.center[c.channel + r]);
      }
      c.first[c.sums + r] += total(first);
      c.second[c.sums + r] += total(second);
    }
  }

  private void addProducts(int count, double center) {
    for (int i = 0; i < count; i++) {
      first[i] += b[i];
      second[i] += b[i] * (a[i] - center);
    }
  }

  @Override
  public void gradient(Tile<double[]> x, Tile<double[]> dz, Tile<double[]> dx, RunCoefficients c) {
    for (int r = 0; r < x.rows(); r++) {
      for (int i = 0; i < x.length(); i += WIDTH) {
        load(x, r, i, a);
        int count = load(dz, r, i, b);
        combine(count, c, c.channel + r);
        store(dx, r, i, count);
      }
    }
  }

  private void combine(int count, RunCoefficients c, int channel) {
    double center = c.center[channel];
    double scale = c.scale[channel];
    double slope = c.slope[channel];
    double offset = c.offset[channel];
    for (int i = 0; i < count; i++) {
      a[i] = scale * b[i] + (slope * (a[i] - center) + offset);
    }
  }

  @Override
  public void scale(Tile<double[]> dz, Tile<double[]> dx, RunCoefficients c) {
    for (int r = 0; r < dz.rows(); r++) {
      for (int i = 0; i < dz.length(); i += WIDTH) {
        int count = load(dz, r, i, a);
        multiply(count, c.scale[c.channel + r]);
        store(dx, r, i, count);
      }
    }
  }

  private void multiply(int count, double scale) {
    for (int i = 0; i < count; i++) {
      a[i] = a[i] * scale;
    }
  }

  private static int load(Tile<double[]> from, int row, int column, double[] into) {
    int count = Math.min(WIDTH, from.length() - column);
    System.arraycopy(from.array(), from.offset() + row * from.stride() + column, into, 0, count);
    return count;
  }

  private void store(Tile<double[]> to, int row, int column, int count) {
    System.arraycopy(a, 0, to.array(), to.offset() + row * to.stride() + column, count);
  }

  private static double total(double[] sums) {
    double total = 0;
    for (double sum : sums) {
      total += sum;
    }
    return total;
  }
}
