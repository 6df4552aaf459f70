package io.github.bn4j.backend.cpu;

/**
 * Every tuning number of the CPU backend with its reason. Results never depend on the number of
 * threads, so no number here does.
 *
 * <p>Sweeps: f32, one thread, least CPU time of a call in microseconds, AMD EPYC (Zen 4, 1 MiB L2,
 * 32 MiB L3), JDK 17, Vector API 512 bit, transparent huge pages, on a machine busy with other
 * work; a copy of the same tensor took 1370 (32x64x56x56), 2990 (32x512x28x28), 600 (32x2048x7x7)
 * and 6 (128x512).
 */
final class CpuTuning {
  /** Elements of a row of scratch in plain loops: four rows of floats stay in 4 KiB. */
  static final int PLAIN_ROW = 256;

  /**
   * Most elements of a tile of runs. Statistics read a tile twice, so it has to stay in the
   * first-level cache: 16 KiB of floats out of 32 KiB, the rest for a second operand. Where the
   * cache has 48 KiB (Zen 5), 8192 gave 0 to 3 % more.
   */
  static final int TILE = 4096;

  /**
   * Elements of a tile of columns, whose sums stay in registers down its rows: enough rows to pay
   * for loading and storing them. Forward training and backward in nhwc with 8192, 16384 and 32768
   * (Zen 5): 32x512x28x28 5897, 5292, 5090 and 8885, 8475, 8029; 32x2048x7x7 2190, 1489, 1698 and
   * 3512, 4379, 2494; 32x64x56x56 1730, 1793, 1811 and 3404, 3540, 3083. 65536 is no better.
   */
  static final int COLUMN_TILE = 32768;

  /**
   * Most elements of a tile of a 16-bit type, of which up to four are converted to floats that have
   * to stay in the first-level cache. 32x512x28x28 bf16, least CPU time of one thread of Zen 5 in a
   * busy hour: nchw, 4096 and 2048: backward 10242 and 6636, inference 3619 and 1939; nhwc, 32768,
   * 8192 and 2048: forward training 7886, 7494, 5047; backward 13051, 12363, 11363; inference 4601,
   * 6066, 3766. Loops that convert on the fly both ways take the tiles of floats: bf16,
   * 32x512x28x28 nhwc with 2048 and 32768: forward training 6883 and 4710, backward 11141 and 8567.
   * f16, written as floats, 32x512x28x28 nhwc inference with two threads: 2636 with 16384, 1835
   * with 2048 in another run.
   */
  static final int CONVERTED_TILE = 2048;

  /**
   * Elements of a slice of runs, read twice backward: 512 KiB of floats out of 1 MiB of
   * second-level cache. On Zen 5 16384 to 131072 made no difference beyond 5 percent.
   */
  static final int SLICE = 131072;

  /**
   * Elements that a block of channels should have in a row. Channel by channel, runs of 3 KiB leave
   * the prefetcher no time to start. 32x512x28x28 forward-inference, forward-training and backward:
   * 7700, 10290, 14080 with 1; 4890, 7050, 10180 with 6272; 4450, 6170, 8960 with 12544; 3960,
   * 5580, 8990 with 25000; 3600, 5710, 8840 with 50000. 32x64x56x56: 2170, 3220, 4490 with 1; 1450,
   * 2340, 3860 with 25000; 1410, 2410, 4020 with 50000.
   */
  static final int STRETCH = 25088;

  /**
   * Most elements of a block that one task reads twice, 8 MiB of floats: two threads' blocks share
   * a third-level cache of 32 MiB with what is written. Beyond it, all threads work on one block.
   */
  static final long FUSED = 2L << 20;

  /** Fewer blocks than this do not keep the threads of a usual machine busy. */
  static final int MIN_BLOCKS = 8;

  /** Elements below which sharing a block costs more in barriers than it gains. */
  static final long SHARED = 1 << 14;

  /** Elements of a task: dispatching one costs well below a microsecond, 16 K elements take two. */
  static final int TASK = 16384;

  /**
   * Positions per channel and sample from which a tile belongs to one channel. Below, the sum over
   * a vector's lanes at the end of each tile costs more than the additions.
   */
  static final int RUN = 512;

  /**
   * Positions per channel and sample from which inference takes runs, in the order of memory.
   * Columns and runs, one thread of Zen 5: 32x2048x4x4 140 and 303, 32x2048x7x7 1034 and 605,
   * 32x1024x14x14 2301 and 1083. Training gains nothing from short runs: 32x2048x7x7 1610 and 3854
   * forward, 2316 and 3311 backward; 32x1024x14x14 3372 and 3772, 4559 and 4322.
   */
  static final int INFERENCE_RUN = 32;

  /** Fewest samples for columns where positions per channel are fewer than RUN. */
  static final int COLUMN_ROWS = 8;

  /**
   * Most columns of a block: sums and coefficients of a block stay in the first-level cache.
   * 32x2048x7x7 nchw forward training and backward: 4150, 4590 with 256; 2050, 2590 with 1024;
   * 2650, 3220 with 2048; 3390, 3730 with 4096.
   */
  static final int COLUMNS = 1024;

  /**
   * Most columns of a block of inference, which has no sums: longer stretches of memory.
   * 32x2048x7x7 nhwc, one thread of Zen 5 on a busy machine: 868 and 906 with 1024; 706 and 717
   * with 2048, 854 and 907 with 4096 and tiles of 65536.
   */
  static final int INFERENCE_COLUMNS = 2048;

  /**
   * Fewest columns of a fused block, 1 KiB in a row. 128x512 forward training and inference: 39 and
   * 20 with 64, whose rows collide in the cache; 25 and 13 with 256.
   */
  static final int MIN_COLUMNS = 256;

  /**
   * Most columns that several rows are joined to, where channels are few: whole vectors, no more.
   * 32x64x56x56 nhwc forward training: 3160 with 64, 4460 with 256, 4430 with 512.
   */
  static final int FOLDED = 64;

  /** Most rows of a tile of columns, which are added one after the other in float. */
  static final int TILE_ROWS = 256;

  /**
   * Most rows of a tile of columns of a 16-bit type that is converted on the way. Short loops are
   * compiled after fewer rounds, each slow until then. bf16 nhwc backward, calls in the first 1.5
   * seconds of one thread that also compiles, and their least time after 3 seconds: 32x64x56x56 1
   * and 3383 with 256, 35 and 2614 with 64, 267 and 2257 with 32; 32x512x28x28 makes no difference.
   */
  static final int DIRECT_ROWS = 32;

  /**
   * Most elements of a slice of columns: enough rows to pay for what each slice does per channel.
   */
  static final int COLUMN_SLICE = 262144;

  /** Rows, spread over a slice, whose mean is what a slice of columns is centered at. */
  static final int SAMPLE_ROWS = 8;

  /**
   * Squared distance of that center from the mean, in variances, beyond which a slice is summed
   * again about its mean: up to there, rounding errors of the variance grow by 1 + FAR at most.
   */
  static final double FAR = 4;

  /** Channels whose statistics one task finishes: some microseconds of work. */
  static final int FINISH = 64;

  /**
   * Elements of a job from which parked threads are woken. On a virtual machine waking one took its
   * waker 60 us, in which one thread does 131072 elements of forward training, 100 us of backward.
   */
  static final long WAKE = 1 << 18;

  /** Time an idle thread looks for work before it parks: about what waking it costs. */
  static final long SPIN_NANOS = 60_000;

  /** Small jobs in a row, each begun within SPIN_NANOS of the last one's end, that wake threads. */
  static final int SUCCESSION = 16;

  /** Time a caller waits for others' tasks before it parks: longer than a task usually takes. */
  static final long YIELD_NANOS = 2_000_000;

  /** Per-channel numbers are kept in Java arrays, two of them with one number per slice. */
  static final long MAX_CHANNELS = 1L << 24;

  /** Memory bandwidth is spent long before this many threads. */
  static final int MAX_THREADS = 64;

  private CpuTuning() {}
}
