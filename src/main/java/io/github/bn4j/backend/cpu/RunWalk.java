package io.github.bn4j.backend.cpu;

import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.TensorShape;

/**
 * The walk where a channel's positions are long runs in memory. A row of a tile is a run or a piece
 * of one, so it belongs to one channel; a tile has the runs of as many neighbouring channels as fit
 * it. A block has as many neighbouring channels as make long stretches of memory, since short ones
 * keep the prefetcher from starting.
 */
final class RunWalk<A> extends Walk<A> {
  private final long batch;
  private final int channels;
  private final long spatial;
  private final int tile;
  private final int length;
  private final long pieces;
  private final long tiles;
  private final long tilesPerSlice;
  private final int slices;
  private final int blockChannels;

  /** Rows of a tile. */
  private final int tileRows;

  /** Rows of a tile of inference, which knows no blocks. */
  private final int wideRows;

  /** Tiles of inference that have a sample's runs. */
  private final long tilesPerSample;

  private final long tilesPerStretch;
  private final long maskStride;

  RunWalk(BatchNormSpec spec, Binding binding) {
    super(spec, binding);
    TensorShape shape = spec.shape();
    // One channel is one run, whatever the batch.
    boolean single = shape.channels() == 1;
    batch = single ? Math.min(1, shape.elements()) : shape.batch();
    channels = Math.toIntExact(shape.channels());
    spatial = single ? shape.elements() : shape.spatialSize();
    tile = tile(CpuTuning.TILE);
    pieces = Math.max(1, ceil(spatial, tile));
    // Whole groups, so that a piece's mask starts at a byte.
    long even = ceil(ceil(spatial, pieces), ElementKernels.MASK_GROUP) * ElementKernels.MASK_GROUP;
    length = (int) (pieces == 1 ? spatial : even);
    tiles = batch * pieces;
    blockChannels = blockChannels(batch * spatial, spatial, channels);
    long perTile = Math.max(1, (long) length * blockChannels);
    tilesPerSlice = Math.max(1, CpuTuning.SLICE / perTile);
    slices = Math.toIntExact(Math.max(1, ceil(tiles, tilesPerSlice)));
    tileRows = rows(blockChannels);
    wideRows = rows(channels);
    tilesPerSample = ceil(channels, wideRows) * pieces;
    tilesPerStretch = Math.max(1, CpuTuning.STRETCH / Math.max(1, length * wideRows));
    maskStride = ElementKernels.maskBytes(spatial);
  }

  /** True if this walk suits the spec better than columns. */
  static boolean suits(BatchNormSpec spec) {
    TensorShape shape = spec.shape();
    int shortest = spec.mode() == Mode.INFERENCE ? CpuTuning.INFERENCE_RUN : CpuTuning.RUN;
    return shape.channels() == 1
        || (spec.layout() == Layout.CHANNEL_SECOND
            && (shape.spatialSize() >= shortest
                || (shape.batch() < CpuTuning.COLUMN_ROWS && shape.spatialSize() > 1)));
  }

  /** Channels, of some, whose runs make a tile. */
  private int rows(int most) {
    int fitting = tile / Math.max(1, length);
    return pieces > 1 ? 1 : Math.max(1, Math.min(most, fitting));
  }

  private static int blockChannels(long values, long spatial, int channels) {
    int count = 1;
    while (count * spatial < CpuTuning.STRETCH
        && 2L * count * values <= CpuTuning.FUSED
        && 2L * count * CpuTuning.MIN_BLOCKS <= channels) {
      count *= 2;
    }
    return count;
  }

  private static long ceil(long a, long b) {
    return (a + b - 1) / b;
  }

  @Override
  int blocks() {
    return (channels + blockChannels - 1) / blockChannels;
  }

  @Override
  int slices() {
    return slices;
  }

  @Override
  long blockElements() {
    return batch * spatial * blockChannels;
  }

  @Override
  int firstChannel(int block) {
    return Math.min(channels, block * blockChannels);
  }

  @Override
  int columnCount() {
    return 0;
  }

  @Override
  int blockChannels() {
    return blockChannels;
  }

  @Override
  long maskBytes() {
    return batch * channels * maskStride;
  }

  @Override
  String describe() {
    return "runs of %d in tiles of %d x %d, %d blocks of %d channels in %d slices"
        .formatted(spatial, tileRows, length, blocks(), blockChannels, slices);
  }

  /** Points the workspace at a tile of some channels. */
  private void seek(Workspace<A> w, int channel, int rows, long tile) {
    long sample = tile / pieces;
    long at = (tile - sample * pieces) * length;
    long run = sample * channels + channel;
    int count = (int) Math.max(0, Math.min(length, spatial - at));
    w.region.set(run * spatial + at, spatial, rows, count);
    w.maskRegion.set(
        run * maskStride + at / Byte.SIZE, maskStride, rows, ElementKernels.maskBytes(count));
    w.run.channel = channel;
  }

  private long end(int slice) {
    return Math.min(tiles, (slice + 1) * tilesPerSlice);
  }

  /** The tile after the last one of a slice that lies in the same runs as this one. */
  private long endOfRun(int slice, long tile) {
    return Math.min(end(slice), (tile / pieces + 1) * pieces);
  }

  @Override
  public long of(int slice) {
    return positions(end(slice)) - positions(slice * tilesPerSlice);
  }

  /** Values of a channel in the tiles before one. */
  private long positions(long tile) {
    return tile / pieces * spatial + Math.min(spatial, tile % pieces * length);
  }

  @Override
  void moments(Workspace<A> w, Channels into, int block, int slice) {
    int from = firstChannel(block);
    int to = firstChannel(block + 1);
    for (int c = from; c < to; c++) {
      w.moments.get(c - from).clear();
      double value = first(w, c);
      w.perChannel[c - from] = Double.isFinite(value) ? value : 0;
      if (slice == 0) {
        into.pilot[c] = w.perChannel[c - from];
      }
    }
    long next;
    for (long run = slice * tilesPerSlice; run < end(slice); run = next) {
      next = endOfRun(slice, run);
      for (int c = from; c < to; c += tileRows) {
        for (long tile = run; tile < next; tile++) {
          seek(w, c, Math.min(tileRows, to - c), tile);
          w.x.read(binding.x, w.region);
          w.tileMoments.add(w.x, w.moments, w.perChannel, c - from);
        }
      }
    }
    for (int c = from; c < to; c++) {
      into.put(slice, c, w.moments.get(c - from).mean(), w.moments.get(c - from).m2());
    }
  }

  /** A channel's first value. */
  private double first(Workspace<A> w, int channel) {
    w.region.set(channel * spatial, 1, 1, 1);
    w.x.read(binding.x, w.region);
    return w.x.get(0, 0);
  }

  @Override
  void normalize(Workspace<A> w, Channels channels, int block, int slice) {
    int to = firstChannel(block + 1);
    long next;
    for (long run = slice * tilesPerSlice; run < end(slice); run = next) {
      next = endOfRun(slice, run);
      for (int c = firstChannel(block); c < to; c += tileRows) {
        for (long tile = run; tile < next; tile++) {
          seek(w, c, Math.min(tileRows, to - c), tile);
          normalizeTile(w);
        }
      }
    }
  }

  @Override
  int stretches() {
    return Math.toIntExact(ceil(batch * tilesPerSample, tilesPerStretch));
  }

  /** Without statistics nothing ties a channel's tiles together: they are taken as they lie. */
  @Override
  void normalizeStretch(Workspace<A> w, Channels into, int stretch) {
    long end = Math.min(batch * tilesPerSample, (stretch + 1) * tilesPerStretch);
    for (long at = stretch * tilesPerStretch; at < end; at++) {
      long sample = at / tilesPerSample;
      long inSample = at - sample * tilesPerSample;
      int c = (int) (inSample / pieces) * wideRows;
      seek(w, c, Math.min(wideRows, channels - c), sample * pieces + inSample % pieces);
      normalizeTile(w);
    }
  }

  @Override
  void gradients(Workspace<A> w, Channels channels, Part part) {
    int from = firstChannel(part.block);
    int to = firstChannel(part.block + 1);
    boolean sums = part.gradients != Gradients.APPLY;
    w.faint = isFaint(w, part.gradients, from, to);
    for (int c = from; sums && c < to; c++) {
      channels.put(part.slice, c, 0, 0);
    }
    long next;
    for (long run = part.slice * tilesPerSlice; run < end(part.slice); run = next) {
      next = endOfRun(part.slice, run);
      for (int c = from; c < to; c += tileRows) {
        w.run.sums = channels.at(part.slice, c);
        for (long tile = run; tile < next; tile++) {
          seek(w, c, Math.min(tileRows, to - c), tile);
          gradientTile(w, part.gradients);
        }
      }
    }
  }

  @Override
  int channel(Workspace<A> w, int row, int column) {
    return w.run.channel + row;
  }

  @Override
  void affine(Workspace<A> w, Tile<A> x, Tile<A> z) {
    w.kernels.runs().normalize(x, z, w.run);
  }

  @Override
  void addGradientSums(Workspace<A> w, Tile<A> dz) {
    w.kernels.runs().gradientSums(w.x, dz, w.run);
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
