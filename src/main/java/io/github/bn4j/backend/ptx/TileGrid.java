package io.github.bn4j.backend.ptx;

import static io.github.bn4j.backend.ptx.Geometry.ceilDiv;

import io.github.bn4j.backend.ptx.OnepassCut.Share;
import org.jspecify.annotations.Nullable;

/**
 * How a cooperative grid cuts a tensor whose channels come last: some groups of channels at a time,
 * each shared by as many blocks, which keep what they can of its rows.
 */
final class TileGrid {
  /** Blocks of a multiprocessor: while one waits for others, the other reads or writes. */
  private static final int BLOCKS = 2;

  /**
   * What reading half a line at a time costs against reading lines, since a page of DRAM is opened
   * for half as many bytes: half lines only where they save more traffic. A cautious guess until it
   * is measured.
   */
  private static final double HALF_LINE_COST = 1.1;

  /**
   * What a turn costs a multiprocessor beyond its traffic, as bytes that it would read or write in
   * that time: telling the others takes about 2 microseconds, at 32 KiB each (4.2 TB/s among 132).
   */
  private static final long EXCHANGE_BYTES = 64 * 1024;

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
    if (groupBytes.length > 1 && traffic(groupBytes[1]) * HALF_LINE_COST < traffic(bytes)) {
      bytes = groupBytes[1];
    }
    Tile wide = OnepassLast.wide(problem, bytes);
    Tile narrow = OnepassLast.narrow(problem, bytes);
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

  /** Tensors' worth of memory traffic. */
  private double traffic(int bytes) {
    Tile wide = OnepassLast.wide(problem, bytes);
    Tile tile = wide == null ? OnepassLast.narrow(problem, bytes) : wide;
    double kept = Math.min(1.0, (double) tile.rowsIn(room) * blocks / tile.rows());
    Direction direction = problem.direction();
    return direction.onepassTraffic + (1 - kept) * direction.resident;
  }

  /** The number of groups at a time that costs least; of equals the most, with fewest splits. */
  private Share share(Tile tile) {
    long needed = asked > 0 ? asked : ceilDiv(tile.rows(), Math.max(1, tile.rowsIn(room)));
    long most = Math.min(tile.groups(), Math.max(1, blocks / needed));
    long best = most;
    for (long atOnce = most - 1; atOnce >= 1; atOnce--) {
      if (cost(tile, atOnce) < cost(tile, best)) {
        best = atOnce;
      }
    }
    long splits = splits(tile, best);
    return tile.share(splits, best, room, 0, splits > 1);
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
    Direction direction = problem.direction();
    double moved = (double) tile.keptBytes(splits) * direction.onepassTraffic / direction.resident;
    double told = (double) splits * tile.partBytes(problem.spec().statisticsType().bytes());
    return ceilDiv(tile.groups(), atOnce) * (moved + EXCHANGE_BYTES + told);
  }
}
