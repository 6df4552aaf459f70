package io.github.bn4j.backend.ptx;

import static io.github.bn4j.backend.ptx.Geometry.ceilDiv;

import io.github.bn4j.cuda.LaunchShape;

/**
 * How a cooperative grid cuts channels that it cannot keep, channels second: all blocks that the
 * device holds share one channel after the other, keep what they can of it, and read the rest again
 * ({@code bn_forward_partial.cu}).
 */
final class PartialGrid {
  private static final String STEM = "bn_%s_partial";

  private final Way way;
  private final Problem problem;
  private final OnepassSecond second;
  private final OnChipTuning tuning;

  PartialGrid(Way way, Problem problem, OnepassSecond second) {
    this.way = way;
    this.problem = problem;
    this.second = second;
    this.tuning = new OnChipTuning(problem.limits());
  }

  /**
   * The cut.
   *
   * @param refusal the answer where it would not even be one in parts
   */
  TierFit fit(TierFit refusal) {
    long most = (long) tuning.multiprocessors() * OnChipTuning.RESIDENT_BLOCKS;
    long chunk = second.chunk(way.splits() == 0 ? most : way.splits());
    long splits = ceilDiv(problem.geometry().m(), chunk);
    long resident = resident(splits);
    if (splits > most || chunk > Integer.MAX_VALUE || resident >= chunk) {
      return refusal;
    }
    int threads = OnChipTuning.THREADS_OF_ONE_OF_TWO;
    if (way.threads() != 0 && way.threads() != threads) {
      return TierFit.no(
          "expected %d threads where a part of a channel is kept, got %d"
              .formatted(threads, way.threads()));
    }
    double percent = 100.0 * resident / chunk;
    if (percent < 100 * OnChipTuning.LEAST_FRACTION) {
      return TierFit.no(
          "%.0f %% of a channel fit into the shared memory of all blocks, less than %.0f %%"
              .formatted(percent, 100 * OnChipTuning.LEAST_FRACTION));
    }
    int bytes = (int) second.sharedBytes(resident, splits);
    LaunchShape shape = new LaunchShape((int) splits, 1, threads, 1, bytes, true);
    OnepassCut.Share share = new OnepassCut.Share(shape, 1, splits, chunk, resident, 1);
    OnepassCut cut =
        new OnepassCut(
            STEM.formatted(problem.direction().label()),
            "",
            second.wideAllowed ? share : null,
            share,
            second.sizes(share, share));
    return new TierFit(
        cut, true, "%d blocks for a channel, %.0f %% of it kept".formatted(splits, percent));
  }

  /** Values of a channel that each block keeps: whole packs, and whole bytes of the mask. */
  private long resident(long splits) {
    long room = Math.max(0, tuning.roomOfOneOfTwo() - second.sharedBytes(0, splits));
    long unit =
        (long) OnepassSecond.MASK_BITS * problem.elementBytes() * problem.direction().resident;
    return room / unit * OnepassSecond.MASK_BITS;
  }
}
