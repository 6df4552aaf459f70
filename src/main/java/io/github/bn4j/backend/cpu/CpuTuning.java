package io.github.bn4j.backend.cpu;

/**
 * Every tuning number of the CPU backend with its reason. Results never depend on the number of
 * threads, so no number here does.
 */
final class CpuTuning {
  /** Elements of a row of scratch in plain loops: four rows of floats stay in 4 KiB. */
  static final int PLAIN_ROW = 256;

  /**
   * Elements of a tile. A tile of x is read twice, so it has to stay in the first-level cache: 16
   * KiB of floats out of 32 KiB, the rest for a second operand.
   */
  static final int TILE = 4096;

  /** Elements of a slice: 256 KiB of floats, read twice from the second-level cache. */
  static final int SLICE = 65536;

  /**
   * Most elements of a block of channels that one task reads twice: beyond it, and with enough
   * memory traffic to share, all threads work on one block.
   */
  static final long FUSED = 2L << 20;

  /** Fewer blocks than this do not keep the threads of a usual machine busy. */
  static final int MIN_BLOCKS = 8;

  /** Elements below which sharing a block costs more in barriers than it gains. */
  static final long SHARED = 1 << 14;

  /** Elements of a task: dispatching one costs well below a microsecond, 64 K elements take ten. */
  static final int TASK = 16384;

  /** Positions per channel and sample from which a tile belongs to one channel. */
  static final int RUN = 512;

  /** Fewest samples for columns where positions per channel are fewer than RUN. */
  static final int COLUMN_ROWS = 8;

  /** Most columns of a block: accumulators and coefficients of a block stay in cache. */
  static final int COLUMNS = 1024;

  /** Fewest columns of a fused block: narrower ones read less than two cache lines in a row. */
  static final int MIN_COLUMNS = 64;

  /** Most columns that several rows are joined to, where channels are few. */
  static final int FOLDED = 512;

  /** Channels whose statistics one task finishes: some microseconds of work. */
  static final int FINISH = 64;

  /** Checks for work before an idle thread parks: about 20 microseconds. */
  static final int SPINS = 2000;

  /** Per-channel numbers are kept in Java arrays: five doubles and two more per slice. */
  static final long MAX_CHANNELS = 1L << 26;

  /** Memory bandwidth is spent long before this many threads. */
  static final int MAX_THREADS = 64;

  private CpuTuning() {}
}
