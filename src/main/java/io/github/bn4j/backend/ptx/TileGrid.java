package io.github.bn4j.backend.ptx;

import static io.github.bn4j.backend.ptx.Geometry.ceilDiv;

import io.github.bn4j.backend.ptx.OnepassCut.Share;
import org.jspecify.annotations.Nullable;

/**
 * How a cooperative grid cuts a tensor whose channels come last: some groups of channels at a time,
 * each shared by as many blocks, which keep what they can of its rows.
 */
final class TileGrid {
  /**
   * Blocks of a multiprocessor. One large one, since each reads what every other tells it: with two
   * of half the size that is four times as much, more than the tensor where its type is short.
   * Blocks that wait leave memory to the copies that they have asked for.
   */
  private static final int BLOCKS = 1;

  static final int THREADS = Tile.MOST_THREADS / BLOCKS;

  /**
   * What moving half a line at a time costs against moving lines, since a page of DRAM is opened
   * for half as many bytes. A cautious guess until it is measured.
   */
  private static final double HALF_LINE_COST = 1.1;

  /**
   * What a turn costs a multiprocessor beyond its traffic, as bytes that it would read or write in
   * that time: telling the others takes about 2 microseconds, at 32 KiB each (4.2 TB/s among 132).
   */
  private static final long EXCHANGE_BYTES = 64 * 1024;

  /** What the L2 cache gives in the time that DRAM takes for a byte. */
  private static final double L2_SPEED = 2;

  /** Steps of a thread at least, where rows are split only to give all multiprocessors work. */
  private static final int LEAST_STEPS = 4;

  private final Problem problem;
  private final long room;
  private final long blocks;
  private final int asked;

  /**
   * @param asked blocks of a group; 0 for what costs least
   */
  TileGrid(Problem problem, int asked) {
    this.problem = problem;
    this.asked = asked;
    this.room = OnepassLast.room(problem, BLOCKS);
    this.blocks = (long) BLOCKS * problem.limits().multiprocessors();
  }

  /**
   * @param groupBytes bytes of a group's channels to choose from, whole lines first
   */
  TierFit fit(int[] groupBytes) {
    if (asked > blocks) {
      return TierFit.no(
          "%d blocks are more than the device holds at once, %d".formatted(asked, blocks));
    }
    int bytes = groupBytes[0];
    for (int other : groupBytes) {
      // What keeps everything, or at least enough, does so whatever a byte costs.
      boolean enough = kept(other) >= OnChipTuning.LEAST_FRACTION;
      boolean tooLittle = kept(bytes) < OnChipTuning.LEAST_FRACTION;
      boolean better = kept(other) >= 1 || (enough && tooLittle) || cost(other) < cost(bytes);
      bytes = better && kept(bytes) < 1 ? other : bytes;
    }
    Tile wide = OnepassLast.wide(problem, bytes, THREADS);
    Tile narrow = OnepassLast.narrow(problem, bytes, THREADS);
    Share wideShare = wide == null ? null : share(wide);
    Share narrowShare = share(narrow);
    long parts = Math.max(parts(narrow, narrowShare), parts(wide, wideShare));
    long barriers = Math.max(barriers(narrowShare), barriers(wideShare));
    OnepassCut cut =
        new OnepassCut(
            OnepassLast.stem(problem, ""),
            "",
            wideShare,
            narrowShare,
            OnepassLast.sizes(problem, parts, barriers));
    if (cut.residentFraction() < OnChipTuning.LEAST_FRACTION) {
      return TierFit.no(
          "%.0f %% of the rows fit into the shared memory of all blocks, less than %.0f %%"
              .formatted(100 * cut.residentFraction(), 100 * OnChipTuning.LEAST_FRACTION));
    }
    String reason =
        OnepassLast.describe(
            wide == null ? narrow : wide,
            cut.usual().splits(),
            cut.residentFraction(),
            "a cooperative grid");
    return new TierFit(cut, true, reason);
  }

  private static long parts(@Nullable Tile tile, @Nullable Share share) {
    return tile == null || share == null
        ? 0
        : Math.multiplyExact(share.splits() * tile.groups(), 2L * tile.channels());
  }

  private static long barriers(@Nullable Share share) {
    return share == null ? 0 : share.shape().gridX() / share.splits();
  }

  private Tile usual(int bytes) {
    Tile wide = OnepassLast.wide(problem, bytes, THREADS);
    return wide == null ? OnepassLast.narrow(problem, bytes, THREADS) : wide;
  }

  /** Fraction of the rows that is kept; more than 1 where there is room for more. */
  private double kept(int bytes) {
    Tile tile = usual(bytes);
    long rows = tile.steps(splits(tile, atOnce(tile))) * tile.rowsPerStep();
    return (double) tile.rowsIn(room) / rows;
  }

  private double cost(int bytes) {
    Tile tile = usual(bytes);
    return cost(tile, atOnce(tile)) * (bytes < OnepassLast.GROUP_BYTES[0] ? HALF_LINE_COST : 1);
  }

  private Share share(Tile tile) {
    long atOnce = atOnce(tile);
    long splits = splits(tile, atOnce);
    return tile.share(splits, atOnce, room, 0, splits > 1);
  }

  /** The number of groups at a time that costs least; of equals the most, with fewest splits. */
  private long atOnce(Tile tile) {
    long needed = asked > 0 ? asked : ceilDiv(tile.rows(), Math.max(1, tile.rowsIn(room)));
    long most = Math.min(tile.groups(), Math.max(1, blocks / needed));
    long best = most;
    for (long atOnce = most - 1; atOnce >= 1; atOnce--) {
      best = cost(tile, atOnce) < cost(tile, best) ? atOnce : best;
    }
    return best;
  }

  private long splits(Tile tile, long atOnce) {
    long needed = ceilDiv(tile.rows(), Math.max(1, tile.rowsIn(room)));
    long worthwhile = ceilDiv(tile.rows(), (long) tile.rowsPerStep() * LEAST_STEPS);
    long most = asked > 0 ? asked : Math.max(needed, worthwhile);
    long wanted = Math.min(Math.min(blocks / atOnce, most), tile.rows());
    // Rounding up what a block takes can leave the last ones without any.
    return ceilDiv(tile.rows(), ceilDiv(tile.rows(), wanted));
  }

  /** Bytes that a block moves, or could have moved in the time, in all its turns. */
  private double cost(Tile tile, long atOnce) {
    long splits = splits(tile, atOnce);
    long steps = tile.steps(splits);
    double near = (double) room / tile.stepBytes() / steps;
    // What was read last is read again first, and a quarter of the L2 cache is surely still that.
    double cached = problem.limits().l2Bytes() / 4.0 * (1 - 1 / L2_SPEED);
    near += cached / ((double) tile.keptBytes(splits) * splits * atOnce);
    Direction direction = problem.direction();
    double tensors = direction.onepassTraffic + Math.max(0, 1 - near) * direction.resident;
    double moved = (double) tile.keptBytes(splits) / direction.resident * tensors;
    double told = (double) splits * tile.partBytes(problem.spec().statisticsType().bytes());
    return ceilDiv(tile.groups(), atOnce) * (moved + EXCHANGE_BYTES + told / L2_SPEED);
  }
}
