package io.github.bn4j.backend.cpu;

import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.Mode;
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
  private final ColumnSpread spread;
  private final long rows;
  private final long width;
  private final int blockChannels;
  private final int blockWidth;
  private final int blocks;
  private final int tileRows;

  /** Rows of a tile that is written: a copy of it has to stay in the first-level cache. */
  private final int writtenRows;

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
    folds = ColumnCut.folds(unfolded, (long) channels * span);
    spread = new ColumnSpread(folds, span);
    rows = unfolded / folds;
    width = (long) folds * channels * span;
    boolean inference = spec.mode() == Mode.INFERENCE;
    int columns = inference ? CpuTuning.INFERENCE_COLUMNS : CpuTuning.COLUMNS;
    blockChannels = folds > 1 ? channels : ColumnCut.blockChannels(rows, channels, span, columns);
    blockWidth = folds * blockChannels * span;
    blocks = (channels + blockChannels - 1) / blockChannels;
    int most = ColumnCut.tileRows(blockWidth, CpuTuning.COLUMN_TILE);
    writtenRows = ColumnCut.tileRows(blockWidth, tile(CpuTuning.COLUMN_TILE));
    tileRows = direct ? Math.min(most, CpuTuning.DIRECT_ROWS) : writtenRows;
    sliceRows = ColumnCut.sliceRows(rows, blockWidth, tileRows);
    slices = Math.toIntExact(Math.max(1, (rows + sliceRows - 1) / sliceRows));
    maskStride = ElementKernels.maskBytes(blockWidth);
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
  int blockChannels() {
    return blockChannels;
  }

  @Override
  long maskBytes() {
    return blocks * rows * maskStride;
  }

  @Override
  String describe() {
    return "%d rows of %d columns, %d blocks of %d columns in %d slices, tiles of %d rows"
        .formatted(rows, width, blocks, blockWidth, slices, tileRows);
  }

  private int channelsOf(int block) {
    return firstChannel(block + 1) - firstChannel(block);
  }

  private int widthOf(int block) {
    return folds * channelsOf(block) * span;
  }

  /** Points the workspace at a tile that starts with a row; returns the row after it. */
  private long seek(Workspace<A> w, int block, long row, int most) {
    long sliceEnd = Math.min(rows, (row / sliceRows + 1) * sliceRows);
    int count = (int) Math.min(most, sliceEnd - row);
    int columns = widthOf(block);
    w.region.set(row * width + (long) block * blockWidth, width, count, columns);
    w.maskRegion.set(
        (block * rows + row) * maskStride, maskStride, count, ElementKernels.maskBytes(columns));
    return row + count;
  }

  private long end(int slice) {
    return Math.min(rows, (slice + 1) * sliceRows);
  }

  @Override
  public long of(int slice) {
    return (end(slice) - slice * sliceRows) * folds * span;
  }

  @Override
  void moments(Workspace<A> w, Channels into, int block, int slice) {
    long count = of(slice);
    if (count == 0) {
      return;
    }
    w.channels = channelsOf(block);
    int from = firstChannel(block);
    pilots(w, block);
    if (slice == 0) {
      System.arraycopy(w.perChannel, 0, into.pilot, from, w.channels);
    }
    sample(w, block, slice);
    sumUp(w, block, slice);
    if (isFar(w, count)) {
      for (int i = 0; i < w.channels; i++) {
        w.near[i] = nearest(w, w.near[i] + w.perChannelToo[i] / count, w.near[i]);
      }
      sumUp(w, block, slice);
    }
    int at = into.at(slice, from);
    for (int i = 0; i < w.channels; i++) {
      double rise = w.perChannelToo[i] / count;
      double left = w.squares[i] - count * rise * rise;
      into.first[at + i] = w.near[i] - w.perChannel[i] + rise;
      into.second[at + i] = left < 0 ? 0 : left;
      if (!Double.isFinite(left)) {
        widen(w, into, block, slice, i);
      }
    }
  }

  /** Finds a value near each channel's mean in a slice: the mean of some of its rows. */
  private void sample(Workspace<A> w, int block, int slice) {
    long first = slice * sliceRows;
    int count = (int) Math.min(CpuTuning.SAMPLE_ROWS, end(slice) - first);
    long step = (end(slice) - first) / count;
    w.region.set(first * width + (long) block * blockWidth, step * width, count, widthOf(block));
    w.x.read(binding.x, w.region);
    clear(w, block, w.perChannel);
    w.kernels.columns().moments(w.x, w.columns);
    spread.totals(w, w.columns.first(), w.near);
    for (int i = 0; i < w.channels; i++) {
      double mean = w.perChannel[i] + w.near[i] / ((double) count * folds * span);
      w.near[i] = nearest(w, mean, w.perChannel[i]);
    }
  }

  private double nearest(Workspace<A> w, double mean, double otherwise) {
    double rounded = w.elements.round(mean);
    return Double.isFinite(rounded) ? rounded : otherwise;
  }

  /** Sums a slice's {@code x - near} and their squares per channel. */
  private void sumUp(Workspace<A> w, int block, int slice) {
    clear(w, block, w.near);
    for (long row = slice * sliceRows; row < end(slice); ) {
      row = seek(w, block, row, tileRows);
      w.x.read(binding.x, w.region);
      w.kernels.columns().moments(w.x, w.columns);
    }
    spread.totals(w, w.columns.first(), w.perChannelToo);
    spread.totals(w, w.columns.second(), w.squares);
  }

  private void clear(Workspace<A> w, int block, double[] centers) {
    spread.spread(w, w.columns.center(), centers, 0);
    w.elements.fill(w.columns.first(), 0, widthOf(block), 0);
    w.elements.fill(w.columns.second(), 0, widthOf(block), 0);
  }

  /** True if some mean is so far off that the squares about another value have lost digits. */
  private boolean isFar(Workspace<A> w, long count) {
    for (int i = 0; i < w.channels; i++) {
      double shift = w.perChannelToo[i] / count * w.perChannelToo[i];
      if (shift > CpuTuning.FAR * (w.squares[i] - shift)) {
        return true;
      }
    }
    return false;
  }

  /** Finds the moments of a channel of the block again, in double. */
  private void widen(Workspace<A> w, Channels into, int block, int slice, int channel) {
    w.wide.begin(w.perChannel[channel]);
    for (long row = slice * sliceRows; row < end(slice); ) {
      row = seek(w, block, row, tileRows);
      w.x.read(binding.x, w.region);
      for (int f = 0; f < folds; f++) {
        w.wide.add(w.x, (f * w.channels + channel) * span, span);
      }
    }
    if (w.wide.isFinite()) {
      into.put(slice, firstChannel(block) + channel, w.wide.sum().mean(), w.wide.sum().m2());
    }
  }

  /** Takes each channel's first value, so that a constant leaves exact zeros. */
  private void pilots(Workspace<A> w, int block) {
    seek(w, block, 0, tileRows);
    w.x.read(binding.x, w.region);
    for (int i = 0; i < w.channels; i++) {
      double value = w.x.get(0, i * span);
      w.perChannel[i] = Double.isFinite(value) ? value : 0;
    }
  }

  @Override
  void normalize(Workspace<A> w, Channels channels, int block, int slice) {
    spreadForward(w, channels, block);
    for (long row = slice * sliceRows; row < end(slice); ) {
      row = seek(w, block, row, writtenRows);
      normalizeTile(w);
    }
  }

  private void spreadForward(Workspace<A> w, Channels channels, int block) {
    w.channels = channelsOf(block);
    int at = firstChannel(block);
    spread.spread(w, w.columns.center(), channels.center, at);
    spread.spread(w, w.columns.scale(), channels.scale, at);
    spread.spread(w, w.columns.shift(), channels.shift, at);
  }

  @Override
  void gradients(Workspace<A> w, Channels channels, Part part) {
    int block = part.block;
    spreadForward(w, channels, block);
    int from = firstChannel(block);
    w.run.channel = from;
    w.faint = isFaint(w, part.gradients, from, from + w.channels);
    if (part.gradients == Gradients.APPLY) {
      spread.spread(w, w.columns.slope(), channels.slope, from);
      spread.spread(w, w.columns.offset(), channels.offset, from);
    } else {
      w.elements.fill(w.columns.first(), 0, widthOf(block), 0);
      w.elements.fill(w.columns.second(), 0, widthOf(block), 0);
    }
    for (long row = part.slice * sliceRows; row < end(part.slice); ) {
      row = seek(w, block, row, part.gradients == Gradients.SUMS ? tileRows : writtenRows);
      gradientTile(w, part.gradients);
    }
    if (part.gradients != Gradients.APPLY) {
      spread.totals(w, w.columns.first(), w.perChannel);
      spread.totals(w, w.columns.second(), w.perChannelToo);
      for (int i = 0; i < w.channels; i++) {
        channels.put(part.slice, from + i, w.perChannel[i], w.perChannelToo[i]);
      }
    }
  }

  @Override
  int channel(Workspace<A> w, int row, int column) {
    return w.run.channel + column / span % w.channels;
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
