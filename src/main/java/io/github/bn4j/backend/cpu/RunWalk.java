package io.github.bn4j.backend.cpu;

import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.TensorShape;

/**
 * The walk where a channel's positions are long runs in memory. A block is a channel; a tile is a
 * piece of one run, or the runs of several samples.
 */
final class RunWalk<A> extends Walk<A> {
  private final long batch;
  private final long channels;
  private final long spatial;
  private final int length;
  private final int rows;
  private final long pieces;
  private final long tiles;
  private final long tilesPerSlice;
  private final int slices;
  private final long maskStride;

  RunWalk(BatchNormSpec spec, Binding binding) {
    super(spec, binding);
    TensorShape shape = spec.shape();
    // One channel is one run, whatever the batch.
    boolean single = shape.channels() == 1;
    batch = single ? Math.min(1, shape.elements()) : shape.batch();
    channels = shape.channels();
    spatial = single ? shape.elements() : shape.spatialSize();
    pieces = Math.max(1, ceil(spatial, CpuTuning.TILE));
    long even = ceil(spatial, pieces);
    // Whole groups, so that a piece's mask starts at a byte.
    length =
        (int)
            (pieces == 1
                ? spatial
                : ceil(even, ElementKernels.MASK_GROUP) * ElementKernels.MASK_GROUP);
    rows = (int) Math.max(1, pieces == 1 ? CpuTuning.TILE / Math.max(1, spatial) : 1);
    tiles = pieces == 1 ? ceil(batch, rows) : batch * pieces;
    tilesPerSlice = Math.max(1, CpuTuning.SLICE / Math.max(1, (long) rows * length));
    slices = Math.toIntExact(Math.max(1, ceil(tiles, tilesPerSlice)));
    maskStride = maskBytesOf(spatial);
  }

  /** True if this walk suits the spec better than columns. */
  static boolean suits(BatchNormSpec spec) {
    TensorShape shape = spec.shape();
    return shape.channels() == 1
        || (spec.layout() == Layout.CHANNEL_SECOND
            && (shape.spatialSize() >= CpuTuning.RUN
                || (shape.batch() < CpuTuning.COLUMN_ROWS && shape.spatialSize() > 1)));
  }

  private static long ceil(long a, long b) {
    return (a + b - 1) / b;
  }

  private static long maskBytesOf(long elements) {
    return ceil(elements, ElementKernels.MASK_GROUP) * (ElementKernels.MASK_GROUP / Byte.SIZE);
  }

  @Override
  int blocks() {
    return (int) channels;
  }

  @Override
  int slices() {
    return slices;
  }

  @Override
  long blockElements() {
    return batch * spatial;
  }

  @Override
  int firstChannel(int block) {
    return block;
  }

  @Override
  int columnCount() {
    return 0;
  }

  @Override
  long maskBytes() {
    return batch * channels * maskStride;
  }

  @Override
  String describe() {
    return "runs of "
        + spatial
        + " in tiles of "
        + rows
        + " x "
        + length
        + ", "
        + slices
        + " slices per channel";
  }

  /** Points the workspace at a tile of a channel. */
  private void seek(Workspace<A> w, int channel, long tile) {
    if (pieces == 1) {
      long n = tile * rows;
      int count = (int) Math.min(rows, batch - n);
      w.region.set((n * channels + channel) * spatial, channels * spatial, count, length);
      w.maskRegion.set(
          (n * channels + channel) * maskStride,
          channels * maskStride,
          count,
          ElementKernels.maskBytes(length));
      return;
    }
    long run = tile / pieces * channels + channel;
    long at = tile % pieces * length;
    int count = (int) Math.max(0, Math.min(length, spatial - at));
    w.region.set(run * spatial + at, count, 1, count);
    int bytes = ElementKernels.maskBytes(count);
    w.maskRegion.set(run * maskStride + at / Byte.SIZE, bytes, 1, bytes);
  }

  private long end(int slice) {
    return Math.min(tiles, (slice + 1) * tilesPerSlice);
  }

  @Override
  public long of(int slice) {
    long from = slice * tilesPerSlice;
    return pieces == 1
        ? (Math.min(batch, end(slice) * rows) - from * rows) * spatial
        : positions(end(slice)) - positions(from);
  }

  /** Values of a channel in the tiles before one. */
  private long positions(long tile) {
    return tile / pieces * spatial + Math.min(spatial, tile % pieces * length);
  }

  @Override
  void moments(Workspace<A> w, Channels channels, int block, int slice) {
    RunKernels<A> kernels = w.kernels.runs();
    w.moments.clear();
    for (long tile = slice * tilesPerSlice; tile < end(slice); tile++) {
      seek(w, block, tile);
      long count = w.region.elements();
      if (count == 0) {
        continue;
      }
      w.x.read(binding.x, w.region);
      double value = w.elements.get(w.x.array(), w.x.offset());
      double pilot = Double.isFinite(value) ? value : 0;
      double mean = pilot + kernels.sum(w.x, pilot) / count;
      double center = w.elements.round(mean);
      double rest = mean == center ? 0 : mean - center;
      double squares = kernels.squares(w.x, center) - count * rest * rest;
      // A negative zero of rounding becomes zero, NaN stays.
      w.moments.add(count, mean, squares < 0 ? 0 : squares);
    }
    channels.put(slice, block, w.moments.mean(), w.moments.m2());
  }

  @Override
  void normalize(Workspace<A> w, Channels channels, int block, int slice) {
    channels.load(block, w.run);
    for (long tile = end(slice) - 1; tile >= slice * tilesPerSlice; tile--) {
      seek(w, block, tile);
      normalizeTile(w);
    }
  }

  @Override
  void gradients(Workspace<A> w, Channels channels, Part part) {
    channels.load(part.block, w.run);
    w.pair[0] = 0;
    w.pair[1] = 0;
    for (long tile = end(part.slice) - 1; tile >= part.slice * tilesPerSlice; tile--) {
      seek(w, part.block, tile);
      gradientTile(w, part.gradients);
    }
    if (part.gradients != Gradients.APPLY) {
      channels.put(part.slice, part.block, w.pair[0], w.pair[1]);
    }
  }

  @Override
  void affine(Workspace<A> w, Tile<A> x, Tile<A> z) {
    w.kernels.runs().normalize(x, z, w.run);
  }

  @Override
  void addGradientSums(Workspace<A> w, Tile<A> dz) {
    w.kernels.runs().gradientSums(w.x, dz, w.run.center, w.pair);
  }

  @Override
  void gradient(Workspace<A> w, Tile<A> dz) {
    w.kernels.runs().gradient(w.x, dz, w.dx, w.run);
  }

  @Override
  void scale(Workspace<A> w, Tile<A> dz) {
    w.kernels.runs().scale(dz, w.dx, w.run);
  }
}
