package io.github.bn4j.backend.ptx;

import static io.github.bn4j.backend.ptx.Geometry.ceilDiv;

import io.github.bn4j.backend.ptx.OnepassCut.Share;
import io.github.bn4j.cuda.LaunchShape;

/**
 * What a block of a one-pass kernel works on where channels come last: a group of neighbouring
 * channels, and some of the rows (bn_tile.cuh).
 *
 * @param packSize elements per access
 * @param lanes threads along the channels, a power of two
 * @param groups of channels in the tensor
 * @param rows of the tensor
 * @param threads of a block
 * @param rowsPerStep rows that the threads of a block take at a time
 * @param stepBytes that they keep of them
 */
record Tile(
    int packSize, int lanes, long groups, long rows, int threads, int rowsPerStep, int stepBytes) {
  /**
   * Most threads of a block (kTileThreads in bn_tile.cuh): at 128 registers, the bound of all
   * kernels, they are all the registers of a multiprocessor.
   */
  static final int MOST_THREADS = 512;

  private static final int WARP = 32;

  /** A tile of at most so many bytes of channels; a multiple of 8 channels, or all there are. */
  static Tile of(Problem problem, int groupBytes, int packSize, int threads) {
    Geometry g = problem.geometry();
    int packBytes = packSize * problem.elementBytes();
    int most = Math.min(groupBytes / packBytes, WARP);
    int lanes = 1;
    while (lanes < most && (long) lanes * packSize < g.c()) {
      lanes *= 2;
    }
    int stepBytes = threads * packBytes * problem.direction().resident;
    long groups = ceilDiv(g.c(), (long) lanes * packSize);
    return new Tile(packSize, lanes, groups, g.m(), threads, threads / lanes, stepBytes);
  }

  int channels() {
    return lanes * packSize;
  }

  /** Rows of which a block with this much shared memory can keep everything. */
  long rowsIn(long bytes) {
    return Math.max(0, bytes / stepBytes) * rowsPerStep;
  }

  /** Steps that a thread takes for its share of the rows. */
  long steps(long splits) {
    return ceilDiv(ceilDiv(rows, splits), rowsPerStep);
  }

  /** Bytes kept by a block with that many steps. */
  long keptBytes(long splits) {
    return Math.multiplyExact(steps(splits), (long) stepBytes);
  }

  /** Bytes of what a block tells the others: two accumulators per channel. */
  int partBytes(int accumulatorBytes) {
    return 2 * channels() * accumulatorBytes;
  }

  /**
   * The work of a block.
   *
   * @param splits blocks that share a group
   * @param groupsAtOnce groups whose blocks are launched; the others follow in turn
   * @param room bytes of shared memory for what is kept
   * @param inbox bytes behind it
   * @param cooperative true if blocks wait for each other outside of clusters
   */
  Share share(long splits, long groupsAtOnce, long room, int inbox, boolean cooperative) {
    long resident = Math.min(rowsIn(room), steps(splits) * rowsPerStep);
    long sharedBytes = resident / rowsPerStep * stepBytes + inbox;
    int blocks = Math.toIntExact(Math.multiplyExact(groupsAtOnce, splits));
    LaunchShape shape =
        new LaunchShape(blocks, 1, threads, 1, Math.toIntExact(sharedBytes), cooperative);
    return new Share(shape, channels(), splits, ceilDiv(rows, splits), resident, lanes);
  }
}
