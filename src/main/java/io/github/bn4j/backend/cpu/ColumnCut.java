package io.github.bn4j.backend.cpu;

/** How a matrix whose columns go to channels is cut. */
final class ColumnCut {
  private ColumnCut() {}

  /** Rows joined to one: enough for long inner loops in whole vectors, and a divisor of all. */
  static int folds(long rows, long width) {
    int best = 1;
    for (int q = 2; width > 0 && q * width <= CpuTuning.FOLDED; q *= 2) {
      if (rows % q == 0 && rows / q >= CpuTuning.COLUMN_ROWS) {
        best = q;
      }
    }
    return best;
  }

  /** Rows of a tile: few enough that sums down a tile in float lose little. */
  static int tileRows(int width, int elements) {
    int fitting = elements / Math.max(1, width);
    return Math.max(1, Math.min(CpuTuning.TILE_ROWS, fitting));
  }

  /** Rows of a slice, whole tiles: a number of slices that usual numbers of threads divide. */
  static long sliceRows(long rows, int width, int tileRows) {
    long most = Math.max(1, CpuTuning.COLUMN_SLICE / Math.max(1, width));
    long slices = ceil(rows, most);
    long even = slices <= 1 ? 1 : ceil(slices, CpuTuning.MIN_BLOCKS) * CpuTuning.MIN_BLOCKS;
    return Math.max(1, ceil(ceil(rows, even), tileRows)) * tileRows;
  }

  private static long ceil(long a, long b) {
    return (a + b - 1) / b;
  }

  /**
   * Channels of a block: fused if a block of enough columns fits, else as many as columns allow.
   */
  static int blockChannels(long rows, int channels, int span, int columns) {
    long widest = Math.max(1, columns / Math.max(1, span));
    long fitting = CpuTuning.SLICE / Math.max(1, rows * span);
    long share = Math.max(1, channels / CpuTuning.MIN_BLOCKS);
    long least = Math.max(1, (CpuTuning.MIN_COLUMNS + span - 1) / Math.max(1, span));
    if (fitting >= least) {
      return (int) Math.min(Math.min(channels, widest), Math.max(least, Math.min(fitting, share)));
    }
    return (int) Math.min(channels, widest);
  }
}
