package io.github.bn4j.backend.cpu;

import java.util.Arrays;

/**
 * Which columns belong to which channel: {@code span} neighbours to one, and the same again for
 * each of {@code folds} rows that were joined to one.
 */
record ColumnSpread(int folds, int span) {
  /** Sums the columns of each channel of the block. */
  <A> void totals(Workspace<A> w, A columns, double[] into) {
    int step = w.channels * span;
    if (folds == 1 && span == 1) {
      w.elements.widen(columns, 0, into, w.channels);
      return;
    }
    Arrays.fill(into, 0, w.channels, 0);
    for (int f = 0; f < folds; f++) {
      if (span == 1) {
        w.elements.widen(columns, f * step, w.perRow, step);
      } else {
        w.sums.over(columns, f * step, w.channels, span);
        w.kernels.runs().sums(w.sums, w.zeros, w.perRow);
      }
      for (int i = 0; i < w.channels; i++) {
        into[i] += w.perRow[i];
      }
    }
  }

  /** Sets all columns of the block to their channels' numbers, which start at an index. */
  <A> void spread(Workspace<A> w, A columns, double[] perChannel, int at) {
    int step = w.channels * span;
    if (span == 1) {
      w.elements.narrow(perChannel, at, columns, step);
    } else {
      for (int i = 0; i < w.channels; i++) {
        w.elements.fill(columns, i * span, (i + 1) * span, perChannel[at + i]);
      }
    }
    for (int f = 1; f < folds; f++) {
      System.arraycopy(columns, 0, columns, f * step, step);
    }
  }
}
