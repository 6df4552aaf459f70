package io.github.bn4j.backend.cpu;

import java.util.List;
import java.util.stream.Stream;

/** What one thread works with: kernels, tiles, sums. Made with the plan, reused for every call. */
final class Workspace<A> {
  final Elements<A> elements;
  final Kernels<A> kernels;
  final Region region = new Region();
  final Region maskRegion = new Region();
  final Tile<A> x;
  final Tile<A> y;
  final Tile<A> residual;
  final Tile<A> dy;
  final Tile<A> dx;
  final Tile<A> dResidual;
  final Tile<A> z;
  final Tile<A> dz;
  final Tile<A> sums;
  final Tile<byte[]> mask = new Tile<>(new MaskElements());
  final RunCoefficients run;
  final Columns<A> columns;
  final List<MomentSum> moments;
  final WideMoments<A> wide = new WideMoments<>();
  final TileMoments<A> tileMoments;

  /** One number per channel of the block at hand. */
  final double[] perChannel;

  /** Another one. */
  final double[] perChannelToo;

  /** A value near the mean, one per channel of the block at hand. */
  final double[] near;

  /** Sums of squares, one per channel of the block at hand. */
  final double[] squares;

  /** What is found of each row of a tile. */
  final double[] perRow;

  final double[] zeros;

  /** Channels of the block at hand. */
  int channels;

  /** True if slopes of the block at hand are beyond float. */
  boolean faint;

  Workspace(Elements<A> elements, Kernels<A> kernels, Walk<A> walk, Channels all) {
    this.elements = elements;
    this.kernels = kernels;
    this.x = new Tile<>(elements);
    this.y = new Tile<>(elements);
    this.residual = new Tile<>(elements);
    this.dy = new Tile<>(elements);
    this.dx = new Tile<>(elements);
    this.dResidual = new Tile<>(elements);
    this.z = new Tile<>(elements);
    this.dz = new Tile<>(elements);
    this.sums = new Tile<>(elements);
    this.run = new RunCoefficients(all);
    this.tileMoments = new TileMoments<>(elements, kernels.runs(), wide, walk.blockChannels());
    int columnCount = walk.columnCount();
    this.moments = Stream.generate(MomentSum::new).limit(walk.blockChannels()).toList();
    this.perChannel = new double[walk.blockChannels()];
    this.perChannelToo = new double[walk.blockChannels()];
    this.near = new double[walk.blockChannels()];
    this.squares = new double[walk.blockChannels()];
    this.perRow = new double[walk.blockChannels()];
    this.zeros = new double[walk.blockChannels()];
    this.columns =
        new Columns<>(
            elements.allocate(columnCount),
            elements.allocate(columnCount),
            elements.allocate(columnCount),
            elements.allocate(columnCount),
            elements.allocate(columnCount),
            elements.allocate(columnCount),
            elements.allocate(columnCount));
  }

  void release() {
    x.release();
    y.release();
    residual.release();
    dy.release();
    dx.release();
    dResidual.release();
    mask.release();
  }
}
