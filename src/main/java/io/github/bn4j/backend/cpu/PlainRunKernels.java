package io.github.bn4j.backend.cpu;

import java.util.Arrays;

/**
 * Plain loops over float runs.
 *
 * <p>HotSpot vectorises a loop only if all its arrays are indexed alike, and no sum over them: runs
 * are copied to a row of scratch first, and sums are kept apart per element of that row.
 */
final class PlainRunKernels implements RunKernels<float[]> {
  private static final int WIDTH = CpuTuning.PLAIN_ROW;

  private final float[] first = new float[WIDTH];
  private final float[] second = new float[WIDTH];
  private final float[] a = new float[WIDTH];
  private final float[] b = new float[WIDTH];

  @Override
  public void sums(Tile<float[]> x, double[] centers, double[] into) {
    for (int r = 0; r < x.rows(); r++) {
      Arrays.fill(first, 0);
      for (int i = 0; i < x.length(); i += WIDTH) {
        addSum(load(x, r, i, a), (float) centers[r]);
      }
      into[r] = total(first);
    }
  }

  private void addSum(int count, float center) {
    for (int i = 0; i < count; i++) {
      first[i] += a[i] - center;
    }
  }

  @Override
  public void squares(Tile<float[]> x, double[] centers, double[] into) {
    for (int r = 0; r < x.rows(); r++) {
      Arrays.fill(first, 0);
      for (int i = 0; i < x.length(); i += WIDTH) {
        addSquares(load(x, r, i, a), (float) centers[r]);
      }
      into[r] = total(first);
    }
  }

  private void addSquares(int count, float center) {
    for (int i = 0; i < count; i++) {
      first[i] += (a[i] - center) * (a[i] - center);
    }
  }

  @Override
  public void normalize(Tile<float[]> x, Tile<float[]> z, RunCoefficients c) {
    for (int r = 0; r < x.rows(); r++) {
      int channel = c.channel + r;
      for (int i = 0; i < x.length(); i += WIDTH) {
        int count = load(x, r, i, a);
        affine(
            count, (float) c.center[channel], (float) c.scale[channel], (float) c.shift[channel]);
        store(z, r, i, count);
      }
    }
  }

  private void affine(int count, float center, float scale, float shift) {
    for (int i = 0; i < count; i++) {
      a[i] = (a[i] - center) * scale + shift;
    }
  }

  @Override
  public void gradientSums(Tile<float[]> x, Tile<float[]> dz, RunCoefficients c) {
    for (int r = 0; r < x.rows(); r++) {
      Arrays.fill(first, 0);
      Arrays.fill(second, 0);
      for (int i = 0; i < x.length(); i += WIDTH) {
        load(x, r, i, a);
        addProducts(load(dz, r, i, b), (float) c.center[c.channel + r]);
      }
      c.first[c.sums + r] += total(first);
      c.second[c.sums + r] += total(second);
    }
  }

  private void addProducts(int count, float center) {
    for (int i = 0; i < count; i++) {
      first[i] += b[i];
      second[i] += b[i] * (a[i] - center);
    }
  }

  @Override
  public void gradient(Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, RunCoefficients c) {
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
    float center = (float) c.center[channel];
    float scale = (float) c.scale[channel];
    float slope = (float) c.slope[channel];
    float offset = (float) c.offset[channel];
    for (int i = 0; i < count; i++) {
      a[i] = scale * b[i] + (slope * (a[i] - center) + offset);
    }
  }

  @Override
  public void scale(Tile<float[]> dz, Tile<float[]> dx, RunCoefficients c) {
    for (int r = 0; r < dz.rows(); r++) {
      for (int i = 0; i < dz.length(); i += WIDTH) {
        int count = load(dz, r, i, a);
        multiply(count, (float) c.scale[c.channel + r]);
        store(dx, r, i, count);
      }
    }
  }

  private void multiply(int count, float scale) {
    for (int i = 0; i < count; i++) {
      a[i] = a[i] * scale;
    }
  }

  private static int load(Tile<float[]> from, int row, int column, float[] into) {
    int count = Math.min(WIDTH, from.length() - column);
    System.arraycopy(from.array(), from.offset() + row * from.stride() + column, into, 0, count);
    return count;
  }

  private void store(Tile<float[]> to, int row, int column, int count) {
    System.arraycopy(a, 0, to.array(), to.offset() + row * to.stride() + column, count);
  }

  private static double total(float[] sums) {
    double total = 0;
    for (float sum : sums) {
      total += sum;
    }
    return total;
  }
}
