package io.github.bn4j.backend.cpu;

/**
 * Moments in double, value by value: slow, for channels whose squares overflow float, beyond some
 * 1e19, though their variance is a number.
 *
 * @param <A> array type of the tiles
 */
final class WideMoments<A> {
  private final MomentSum sum = new MomentSum();
  private double pilot;
  private boolean finite;

  /** Starts with no values; the mean will be relative to a pilot. */
  void begin(double newPilot) {
    sum.clear();
    pilot = newPilot;
    finite = true;
  }

  /** Adds some columns of a tile, row by row, up to the first value that is NaN or infinite. */
  void add(Tile<A> x, int from, int count) {
    for (int r = 0; r < x.rows(); r++) {
      addRow(x, r, from, count);
    }
  }

  /** Adds some columns of one row. */
  void addRow(Tile<A> x, int row, int from, int count) {
    for (int i = from; finite && i < from + count; i++) {
      double value = x.get(row, i);
      finite = Double.isFinite(value);
      sum.add(1, value - pilot, 0);
    }
  }

  /** True if all values were finite. */
  boolean isFinite() {
    return finite;
  }

  /** The moments, if {@link #isFinite}. */
  MomentSum sum() {
    return sum;
  }
}
