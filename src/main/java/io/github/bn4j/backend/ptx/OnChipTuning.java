package io.github.bn4j.backend.ptx;

import static io.github.bn4j.backend.ptx.Geometry.ceilDiv;

import io.github.bn4j.cuda.CudaDevice;
import io.github.bn4j.cuda.LaunchShape;
import org.jspecify.annotations.Nullable;

/** Every number that decides how one-pass kernels use a device, with its reason. */
final class OnChipTuning {
  /**
   * Most threads of a block; kernels are compiled for it (kOnepassThreads in bn_onepass.cuh): at
   * 128 registers, the bound of all kernels, they are all the registers of a multiprocessor.
   */
  static final int MOST_THREADS = 512;

  private static final int WARP = 32;

  /** Registers per thread, at most (PtxAssemblyTest). */
  private static final int MOST_REGISTERS = 128;

  /** Static shared memory of a kernel: sums of its warps; the rest is rounding. */
  private static final int STATIC_SHARED = 512;

  /** Shared memory that the driver takes for itself, per block. */
  private static final int RESERVED_SHARED = 1024;

  /**
   * Less than this per block is not worth more blocks: 256 threads with 4 accesses of 16 bytes
   * each, so one round trip to memory.
   */
  private static final int LEAST_SHARE_BYTES = 16 << 10;

  /**
   * So that one block's memory accesses go on while another adds up or waits. More threads than the
   * registers allow are not needed for bytes in flight: copies to shared memory take none, and are
   * asked for 128 KiB ahead per block. With 64 registers, for twice the threads, all entries spill
   * (ptxas 13.0 for sm_90: 72 to 396 bytes).
   */
  static final int RESIDENT_BLOCKS = 2;

  /** Threads of each of them. */
  static final int THREADS_OF_ONE_OF_TWO = MOST_THREADS / RESIDENT_BLOCKS;

  /**
   * Least fraction of a channel, or of a tile's rows, worth keeping. At a quarter the traffic is
   * 2.75 N instead of 3 N forward, 4.5 N instead of 5 N backward; with less, what is saved is no
   * more than the whole device's waiting for itself once per group can cost.
   */
  static final double LEAST_FRACTION = 0.25;

  /** Most blocks of a cluster on any device with clusters. */
  static final int PORTABLE_CLUSTER_BLOCKS = 8;

  /** Likewise on those of data centres: compute capability 9.0 and 10.x. */
  static final int MOST_CLUSTER_BLOCKS = 16;

  private static final int FIRST_CAPABILITY_BEYOND = 110;

  private final CudaDevice.Limits limits;

  OnChipTuning(CudaDevice.Limits limits) {
    this.limits = limits;
  }

  int multiprocessors() {
    return limits.multiprocessors();
  }

  int mostClusterBlocks() {
    return limits.computeCapability() < FIRST_CAPABILITY_BEYOND
        ? MOST_CLUSTER_BLOCKS
        : PORTABLE_CLUSTER_BLOCKS;
  }

  /** Why no device can do what a way asks for; null if there is nothing. */
  static @Nullable String refusal(Way way) {
    if (way.threads() % WARP != 0 || way.threads() > MOST_THREADS) {
      return "expected whole warps, at most %d threads, got %d"
          .formatted(MOST_THREADS, way.threads());
    }
    if (way.tier() == Tier.BLOCK && way.splits() > 1) {
      return "expected one block for a group, got " + way.splits();
    }
    if (way.tier() != Tier.BLOCK && way.splits() == 1) {
      return "expected several blocks for a group, got 1";
    }
    boolean powerOfTwo = Integer.bitCount(way.splits()) <= 1;
    return way.tier() == Tier.CLUSTER && (!powerOfTwo || way.splits() > MOST_CLUSTER_BLOCKS)
        ? "expected a cluster of 2, 4, 8 or 16 blocks, got " + way.splits()
        : null;
  }

  /** Most dynamic shared memory of a block. */
  int mostShared() {
    return limits.sharedBytesPerBlock() - STATIC_SHARED;
  }

  /** Dynamic shared memory of each of two blocks of a multiprocessor. */
  int roomOfOneOfTwo() {
    int half = limits.sharedBytesPerMultiprocessor() / RESIDENT_BLOCKS;
    return Math.min(half - STATIC_SHARED - RESERVED_SHARED, mostShared());
  }

  /** Fewer where two blocks fit than where one block has to keep memory busy alone. */
  int threads(long sharedBytes) {
    return residentBlocks(THREADS_OF_ONE_OF_TWO, sharedBytes) >= RESIDENT_BLOCKS
        ? THREADS_OF_ONE_OF_TWO
        : MOST_THREADS;
  }

  /** Blocks that a multiprocessor holds, whatever the registers. */
  int residentBlocks(int threads, long sharedBytes) {
    long byShared =
        limits.sharedBytesPerMultiprocessor() / (sharedBytes + STATIC_SHARED + RESERVED_SHARED);
    int whole = wholeWarps(threads, MOST_THREADS);
    long byThreads = limits.threadsPerMultiprocessor() / whole;
    long byRegisters = limits.registersPerMultiprocessor() / (whole * MOST_REGISTERS);
    return (int) Math.min(byShared, Math.min(byThreads, byRegisters));
  }

  /** True if all multiprocessors have blocks enough, or if the blocks are too small to be cut. */
  boolean fills(long blocks, long bytesPerBlock, LaunchShape shape) {
    boolean enough =
        blocks >= limits.multiprocessors()
            && residentBlocks(shape.blockX(), shape.sharedBytes()) >= RESIDENT_BLOCKS;
    return enough || bytesPerBlock < 2 * LEAST_SHARE_BYTES;
  }

  /** A multiple of a warp, from one warp to {@code most}. */
  static int wholeWarps(long threads, int most) {
    return (int) Math.max(WARP, Math.min(ceilDiv(threads, WARP) * WARP, most));
  }

  /** To whole 16 bytes. */
  static long padded(long bytes) {
    return ceilDiv(bytes, LaunchTuning.ACCESS_BYTES) * LaunchTuning.ACCESS_BYTES;
  }

  static String kib(long bytes) {
    return "%.1f KiB".formatted(bytes / 1024.0);
  }
}
