package io.github.bn4j.train.cuda;

import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.cuda.LaunchShape;

/** Every number that decides how the workload's kernels are launched, with its reason. */
final class TrainTuning {
  /** Threads of a block; kernels are compiled for at most this many (kThreads in bn_reduce.cuh). */
  static final int THREADS = 256;

  /** Elements of a thread before another block is worth it: enough loads to hide their latency. */
  private static final int ELEMENTS_PER_THREAD = 4;

  /** Blocks of 256 threads that fill a multiprocessor's 2048; more only wait. */
  private static final int BLOCKS_PER_MULTIPROCESSOR = 8;

  /**
   * Most bytes of workspace that an algorithm may want. Convolutions of these networks are content
   * with less, and beyond it more memory buys little speed.
   */
  static final long MOST_WORKSPACE_BYTES = 256L << 20;

  private TrainTuning() {}

  /** Blocks for a kernel whose threads take elements in turn. */
  static int blocks(CudaStream stream, long elements) {
    long wanted = (elements - 1) / (THREADS * ELEMENTS_PER_THREAD) + 1;
    long most =
        (long) BLOCKS_PER_MULTIPROCESSOR * stream.context().device().limits().multiprocessors();
    return (int) Math.max(1, Math.min(wanted, most));
  }

  /** Launch shape of such a kernel. */
  static LaunchShape elementwise(CudaStream stream, long elements) {
    return LaunchShape.of(blocks(stream, elements), THREADS);
  }
}
