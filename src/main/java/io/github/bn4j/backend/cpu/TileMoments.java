package io.github.bn4j.backend.cpu;

import java.util.List;

/**
 * Moments of the rows of a tile in two passes, mean then centred squares, while the tile is in the
 * first-level cache.
 *
 * @param <A> array type of the tiles
 */
final class TileMoments<A> {
  private final Elements<A> elements;
  private final RunKernels<A> kernels;
  private final WideMoments<A> wide;
  private final double[] near;
  private final double[] center;
  private final double[] rise;
  private final double[] squares;

  TileMoments(Elements<A> elements, RunKernels<A> kernels, WideMoments<A> wide, int rows) {
    this.elements = elements;
    this.kernels = kernels;
    this.wide = wide;
    this.near = new double[rows];
    this.center = new double[rows];
    this.rise = new double[rows];
    this.squares = new double[rows];
  }

  /**
   * Adds the moments of each row to those of its channel, with means relative to its pilot.
   *
   * @param sums moments of channels; row r goes with element {@code from + r}
   * @param pilots of the same channels
   */
  void add(Tile<A> x, List<MomentSum> sums, double[] pilots, int from) {
    int count = x.length();
    if (count == 0) {
      return;
    }
    for (int r = 0; r < x.rows(); r++) {
      double value = x.get(r, 0);
      near[r] = Double.isFinite(value) ? value : 0;
    }
    kernels.sums(x, near, rise);
    for (int r = 0; r < x.rows(); r++) {
      rise[r] /= count;
      center[r] = elements.round(near[r] + rise[r]);
    }
    kernels.squares(x, center, squares);
    for (int r = 0; r < x.rows(); r++) {
      double rest = near[r] - center[r] + rise[r];
      double left = squares[r] - count * rest * rest;
      MomentSum sum = sums.get(from + r);
      if (Double.isFinite(left) || !addWide(x, r, sum, pilots[from + r])) {
        // What rounding makes negative becomes zero, NaN stays.
        sum.add(count, near[r] - pilots[from + r] + rise[r], left < 0 ? 0 : left);
      }
    }
  }

  /** Finds the moments of a row again, in double; false if it has values that are not finite. */
  private boolean addWide(Tile<A> x, int row, MomentSum sum, double pilot) {
    wide.begin(pilot);
    wide.addRow(x, row, 0, x.length());
    if (wide.isFinite()) {
      sum.add(x.length(), wide.sum().mean(), wide.sum().m2());
    }
    return wide.isFinite();
  }
}
