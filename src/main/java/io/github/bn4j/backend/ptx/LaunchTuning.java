package io.github.bn4j.backend.ptx;

import static io.github.bn4j.backend.ptx.Geometry.ceilDiv;

import io.github.bn4j.cuda.LaunchShape;
import io.github.bn4j.op.DataType;

/** Every number that decides how a kernel is launched, with its reason. Results do not change. */
final class LaunchTuning {
  /**
   * Threads of a full block; kernels are compiled for at most this many (kThreads in
   * bn_reduce.cuh). 8 warps: enough loads in flight with two blocks per multiprocessor, and the
   * final sum over warps stays short.
   */
  static final int THREADS = 256;

  private static final int WARP = 32;

  /** Bytes of the widest memory access of a thread. */
  static final int ACCESS_BYTES = 16;

  /** Blocks of 256 threads that a multiprocessor holds at 128 registers per thread, the bound. */
  static final int RESIDENT_BLOCKS = 2;

  /**
   * Reductions aim at this many times the blocks that fit at once: with one wave a slow block makes
   * all wait, with many the partial sums cost more than they save.
   */
  static final int WAVES = 2;

  /**
   * Packs that a thread reads in one go (U in the kernels), hence the least work of a thread that
   * is worth another block.
   */
  static final int PACKS_PER_THREAD = 4;

  /** Splits are merged by one block: beyond one per thread this takes longer than it saves. */
  static final int MOST_SPLITS = THREADS;

  /** A split's length is a multiple of this, the most elements in 16 bytes. */
  private static final int CHUNK_MULTIPLE = 8;

  /**
   * Lanes along the channels where rows are wide: 8 lanes of 16 bytes are a full 128-byte line, and
   * fewer channels per block leave more blocks per channel tile and fewer splits.
   */
  static final int WIDE_LANES = 8;

  /**
   * Rows that a thread of an elementwise kernel takes at least, channel last, so that reading its
   * channels' coefficients costs little.
   */
  static final int ROWS_PER_THREAD = 16;

  private static final long MOST_GRID_X = Integer.MAX_VALUE;
  private static final long MOST_GRID_Y = 65535;

  private LaunchTuning() {}

  /** Elements in one 16-byte access. */
  static int packSize(DataType type) {
    return ACCESS_BYTES / type.bytes();
  }

  /**
   * How a reduction is cut: launch shape, and the slots that tell the kernel.
   *
   * @param packSize elements per access of a thread
   * @param splits parts per channel
   * @param chunk values per channel (channel second) or rows (channel last) of a part
   * @param lanes threads along the channels, channel last
   * @param groups groups of channels that finish together
   */
  record Reduction(
      LaunchShape shape, int packSize, long splits, long chunk, int lanes, long groups) {}

  /**
   * @param multiprocessors of the device
   * @param packSize elements per access: {@link #packSize}, or 1 where alignment forbids it
   */
  static Reduction reduction(Geometry g, int multiprocessors, int packSize) {
    return g.channelLast()
        ? reductionLast(g, multiprocessors, packSize)
        : reductionSecond(g, multiprocessors, packSize);
  }

  private static Reduction reductionSecond(Geometry g, int multiprocessors, int packSize) {
    int threads = threadsFor(ceilDiv(g.m(), packSize));
    long most = g.m() / ((long) threads * PACKS_PER_THREAD * packSize);
    long chunk = chunk(g.m(), splits(multiprocessors, g.c(), most), CHUNK_MULTIPLE);
    long splits = Math.max(1, ceilDiv(g.m(), chunk));
    int gridX = (int) Math.min(g.c(), MOST_GRID_X);
    LaunchShape shape = new LaunchShape(gridX, (int) splits, threads, 1, 0, false);
    return new Reduction(shape, packSize, splits, chunk, 1, g.c());
  }

  private static Reduction reductionLast(Geometry g, int multiprocessors, int packSize) {
    int lanes = lanes(g.c(), packSize);
    long tiles = ceilDiv(g.c(), (long) lanes * packSize);
    int slots = THREADS / lanes;
    long most = g.m() / ((long) slots * PACKS_PER_THREAD);
    long chunk = chunk(g.m(), splits(multiprocessors, tiles, most), 1);
    long splits = Math.max(1, ceilDiv(g.m(), chunk));
    int gridX = Math.toIntExact(tiles);
    LaunchShape shape = new LaunchShape(gridX, (int) splits, THREADS, 1, 0, false);
    return new Reduction(shape, packSize, splits, chunk, lanes, tiles);
  }

  private static long splits(int multiprocessors, long groups, long most) {
    long wanted = ceilDiv((long) multiprocessors * RESIDENT_BLOCKS * WAVES, groups);
    return Math.max(1, Math.min(Math.min(wanted, most), MOST_SPLITS));
  }

  private static long chunk(long values, long splits, long multiple) {
    return Math.max(1, ceilDiv(ceilDiv(values, splits), multiple)) * multiple;
  }

  /** A power of two from one warp to a full block, such that no thread is left without a pack. */
  private static int threadsFor(long packs) {
    int threads = WARP;
    while (threads < THREADS && (long) threads * PACKS_PER_THREAD < packs) {
      threads *= 2;
    }
    return threads;
  }

  /** Lanes along c channels: a power of two, so that a thread's lane is a bit mask away. */
  private static int lanes(long c, int packSize) {
    int most = packSize > 1 ? WIDE_LANES : WARP;
    int lanes = 1;
    while (lanes < most && (long) lanes * packSize < c) {
      lanes *= 2;
    }
    return lanes;
  }

  /**
   * How an elementwise kernel is launched.
   *
   * @param lanes threads along the channels, channel last
   */
  record Elementwise(LaunchShape shape, int packSize, int lanes) {}

  /**
   * @param packSize elements per access
   * @param packsInFlight packs that the kernel reads before it uses the first (kPacks)
   */
  static Elementwise elementwise(Geometry g, int packSize, int packsInFlight) {
    int inFlight = packSize > 1 ? packsInFlight : 2;
    if (!g.channelLast()) {
      long blocks = ceilDiv(g.rows() * g.hw(), (long) THREADS * packSize * inFlight);
      int gridX = (int) Math.max(1, Math.min(blocks, MOST_GRID_X));
      return new Elementwise(LaunchShape.of(gridX, THREADS), packSize, 1);
    }
    int lanes = lanes(g.c(), packSize);
    long tiles = ceilDiv(g.c(), (long) lanes * packSize);
    long rowsPerBlock = (long) (THREADS / lanes) * ROWS_PER_THREAD;
    long blocks = Math.max(1, Math.min(ceilDiv(g.rows(), rowsPerBlock), MOST_GRID_Y));
    LaunchShape shape = new LaunchShape(Math.toIntExact(tiles), (int) blocks, THREADS, 1, 0, false);
    return new Elementwise(shape, packSize, lanes);
  }
}
