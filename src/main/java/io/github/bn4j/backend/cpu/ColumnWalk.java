package io.github.bn4j.backend.cpu;

import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.TensorShape;

/**
 * The walk where neighbours in memory belong to different channels: channel last, few positions per
 * channel, or none. The tensor is a matrix whose columns go to channels: {@code span} neighbouring
 * columns to one channel, and, where channels are few, several rows joined to one.
 */
final class ColumnWalk<A> extends Walk<A> {
  private final int channels;
  private final int span;
  private final int folds;
  private final long rows;
  private final long width;
  private final int blockChannels;
  private final int blockWidth;
  private final int blocks;
  private final int tileRows;
  private final long sliceRows;
  private final int slices;
  private final int maskStride;

  ColumnWalk(BatchNormSpec spec, Binding binding) {
    super(spec, binding);
    TensorShape shape = spec.shape();
    boolean last = spec.layout() == Layout.CHANNEL_LAST;
    channels = Math.toIntExact(shape.channels());
    span = last ? 1 : Math.toIntExact(shape.spatialSize());
    long unfolded = last ? shape.valuesPerChannel() : shape.batch();
    folds = folds(unfolded, (long) channels * span);
    rows = unfolded / folds;
    width = (long) folds * channels * span;
    blockChannels = folds > 1 ? channels : blockChannels(rows, channels, span);
    blockWidth = folds * blockChannels * span;
    blocks = (channels + blockChannels - 1) / blockChannels;
    tileRows = Math.max(1, CpuTuning.TILE / Math.max(1, blockWidth));
    sliceRows = Math.max(1, CpuTuning.SLICE / Math.max(1, tileRows * blockWidth)) * (long) tileRows;
    slices = Math.toIntExact(Math.max(1, (rows + sliceRows - 1) / sliceRows));
    maskStride = ElementKernels.maskBytes(blockWidth);
  }

  /** Rows joined to one: enough for long inner loops in whole vectors, and a divisor of all. */
  private static int folds(long rows, long width) {
    int best = 1;
    for (int q = 2; width > 0 && q * width <= CpuTuning.FOLDED; q *= 2) {
      if (rows % q == 0 && rows / q >= CpuTuning.COLUMN_ROWS) {
        best = q;
      }
    }
    return best;
  }

  /** Channels of a block: fused if a block of enough columns fits, else as many as allowed. */
  private static int blockChannels(long rows, int channels, int span) {
    long widest = Math.max(1, CpuTuning.COLUMNS / Math.max(1, span));
    long fitting = CpuTuning.SLICE / Math.max(1, rows * span);
    long share = Math.max(1, channels / CpuTuning.MIN_BLOCKS);
    long least = Math.max(1, (CpuTuning.MIN_COLUMNS + span - 1) / Math.max(1, span));
    if (fitting >= least) {
      return (int) Math.min(Math.min(channels, widest), Math.max(least, Math.min(fitting, share)));
    }
    return (int) Math.min(channels, widest);
  }

  @Override
  int blocks() {
    return blocks;
  }

  @Override
  int slices() {
    return slices;
  }

  @Override
  long blockElements() {
    return rows * blockWidth;
  }

  @Override
  int firstChannel(int block) {
    return Math.min(channels, block * blockChannels);
  }

  @Override
  int columnCount() {
    return blockWidth;
  }

  @Override
  long maskBytes() {
    return blocks * rows * maskStride;
  }

  @Override
  String describe() {
    return rows
        + " rows of "
        + width
        + " columns in "
        + blocks
        + " blocks of "
        + blockWidth
        + ", tiles of "
        + tileRows
        + " rows, "
        + slices
        + " slices per block";
  }

  private int channelsOf(int block) {
    return firstChannel(block + 1) - firstChannel(block);
  }

  private int widthOf(int block) {
    return folds * channelsOf(block) * span;
  }

  /** Points the workspace at the tile that starts with a row; returns the row after it. */
  private long seek(Workspace<A> w, int block, long row) {
    long sliceEnd = Math.min(rows, (row / sliceRows + 1) * sliceRows);
    int count = (int) Math.min(tileRows, sliceEnd - row);
    int columns = widthOf(block);
    w.region.set(row * width + (long) block * blockWidth, width, count, columns);
    w.maskRegion.set(
        (block * rows + row) * maskStride, maskStride, count, ElementKernels.maskBytes(columns));
    return row + count;
  }

  private long end(int slice) {
    return Math.min(rows, (slice + 1) * sliceRows);
  }

  /** First row of the last tile of a slice. */
  private long lastTile(int slice) {
    long from = slice * sliceRows;
    return from + (end(slice) - 1 - from) / tileRows * tileRows;
  }

  @Override
  public long of(int slice) {
    return (end(slice) - slice * sliceRows) * folds * span;
  }

  @Override
  void moments(Workspace<A> w, Channels into, int block, int slice) {
    if (of(slice) == 0) {
      return;
    }
    int columns = widthOf(block);
    pilots(w, block, slice);
    w.elements.fill(w.columns.first(), 0, columns, 0);
    for (long row = slice * sliceRows; row < end(slice); ) {
      row = seek(w, block, row);
      w.x.read(binding.x, w.region);
      w.kernels.columns().sums(w.x, w.columns);
    }
    means(w, into, block, slice);
    w.elements.fill(w.columns.second(), 0, columns, 0);
    for (long row = slice * sliceRows; row < end(slice); ) {
      row = seek(w, block, row);
      w.x.read(binding.x, w.region);
      w.kernels.columns().squares(w.x, w.columns);
    }
    int from = firstChannel(block);
    long count = of(slice);
    for (int i = 0; i < channelsOf(block); i++) {
      double mean = into.sliceMean(slice, from + i);
      double center = w.elements.get(w.columns.center(), i * span);
      double rest = mean == center ? 0 : mean - center;
      double squares = total(w, w.columns.second(), block, i) - count * rest * rest;
      into.put(slice, from + i, mean, squares < 0 ? 0 : squares);
    }
  }

  /**
   * Centers each channel at its first value in the slice, so that a constant leaves exact zeros.
   */
  private void pilots(Workspace<A> w, int block, int slice) {
    seek(w, block, slice * sliceRows);
    w.x.read(binding.x, w.region);
    for (int i = 0; i < channelsOf(block); i++) {
      double value = w.elements.get(w.x.array(), w.x.offset() + i * span);
      spread(w, w.columns.center(), block, i, Double.isFinite(value) ? value : 0);
    }
  }

  /** Turns sums about the pilots into means, and centers at these. */
  private void means(Workspace<A> w, Channels into, int block, int slice) {
    int from = firstChannel(block);
    for (int i = 0; i < channelsOf(block); i++) {
      double pilot = w.elements.get(w.columns.center(), i * span);
      double mean = pilot + total(w, w.columns.first(), block, i) / of(slice);
      into.put(slice, from + i, mean, 0);
      spread(w, w.columns.center(), block, i, mean);
    }
  }

  /** The sum over a block's columns of its channel number i. */
  private double total(Workspace<A> w, A columns, int block, int i) {
    int step = channelsOf(block) * span;
    double total = 0;
    for (int f = 0; f < folds; f++) {
      int at = f * step + i * span;
      if (span == 1) {
        total += w.elements.get(columns, at);
      } else {
        w.sums.over(columns, at, span);
        total += w.kernels.runs().sum(w.sums, 0);
      }
    }
    return total;
  }

  /** Sets a block's columns of its channel number i. */
  private void spread(Workspace<A> w, A columns, int block, int i, double value) {
    int step = channelsOf(block) * span;
    for (int f = 0; f < folds; f++) {
      int at = f * step + i * span;
      w.elements.fill(columns, at, at + span, value);
    }
  }

  private void spread(Workspace<A> w, A columns, int block, double[] perChannel) {
    int from = firstChannel(block);
    for (int i = 0; i < channelsOf(block); i++) {
      spread(w, columns, block, i, perChannel[from + i]);
    }
  }

  @Override
  void normalize(Workspace<A> w, Channels channels, int block, int slice) {
    spread(w, w.columns.center(), block, channels.center);
    spread(w, w.columns.scale(), block, channels.scale);
    spread(w, w.columns.shift(), block, channels.shift);
    for (long row = lastTile(slice); row >= slice * sliceRows; row -= tileRows) {
      seek(w, block, row);
      normalizeTile(w);
    }
  }

  @Override
  void gradients(Workspace<A> w, Channels channels, Part part) {
    int block = part.block;
    spread(w, w.columns.center(), block, channels.center);
    spread(w, w.columns.scale(), block, channels.scale);
    spread(w, w.columns.shift(), block, channels.shift);
    spread(w, w.columns.slope(), block, channels.slope);
    spread(w, w.columns.offset(), block, channels.offset);
    w.elements.fill(w.columns.first(), 0, widthOf(block), 0);
    w.elements.fill(w.columns.second(), 0, widthOf(block), 0);
    for (long row = lastTile(part.slice); row >= part.slice * sliceRows; row -= tileRows) {
      seek(w, block, row);
      gradientTile(w, part.gradients);
    }
    if (part.gradients != Gradients.APPLY) {
      int from = firstChannel(block);
      for (int i = 0; i < channelsOf(block); i++) {
        double sum = total(w, w.columns.first(), block, i);
        channels.put(part.slice, from + i, sum, total(w, w.columns.second(), block, i));
      }
    }
  }

  @Override
  void affine(Workspace<A> w, Tile<A> x, Tile<A> z) {
    w.kernels.columns().normalize(x, z, w.columns);
  }

  @Override
  void addGradientSums(Workspace<A> w, Tile<A> dz) {
    w.kernels.columns().gradientSums(w.x, dz, w.columns);
  }

  @Override
  void gradient(Workspace<A> w, Tile<A> dz) {
    w.kernels.columns().gradient(w.x, dz, w.dx, w.columns);
  }

  @Override
  void scale(Workspace<A> w, Tile<A> dz) {
    w.kernels.columns().scale(dz, w.dx, w.columns);
  }
}
