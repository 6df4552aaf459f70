package io.github.bn4j.backend.ptx;

import static io.github.bn4j.backend.ptx.Geometry.ceilDiv;

import io.github.bn4j.cuda.LaunchShape;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * How one-pass kernels cut a tensor whose channels come second ({@code bn_onepass.cuh}): channels
 * in groups, a group among the blocks that share it.
 */
final class OnepassSecond {
  private static final String STEM = "bn_%s_onepass";
  private static final String CLUSTER_STEM = "bn_%s_cluster";

  /**
   * Rows of a group that are shorter are put together with the next channel's: 512 bytes keep a
   * warp of 16-byte accesses in one row.
   */
  private static final int LEAST_ROW_BYTES = 512;

  /** What memory is read in. */
  private static final int SECTOR_BYTES = 32;

  /** Values in a row of the scratch: one per thread, and some that keep banks apart. */
  private static final long SCRATCH_ROW = OnChipTuning.MOST_THREADS + 16;

  /** Sums that are added up at once. */
  private static final int MOST_SUMS = 2;

  /** Elements of a byte of the mask, which no two blocks may share. */
  static final int MASK_BITS = 8;

  private final Way way;
  private final Tier tier;
  private final Problem problem;
  private final Geometry g;
  private final int pack;
  final boolean wideAllowed;
  private final long leastGroup;
  private final long group;
  private final long groups;
  private final OnChipTuning tuning;

  private OnepassSecond(Way way, Problem problem) {
    this.way = way;
    this.tier = way.tier();
    this.problem = problem;
    this.g = problem.geometry();
    this.pack = LaunchTuning.packSize(problem.spec().dataType());
    this.wideAllowed = g.c() * g.hw() % pack == 0;
    this.leastGroup = leastGroup();
    this.group = way.group() == 0 ? group() : Math.min(way.group(), g.c());
    this.groups = ceilDiv(g.c(), group);
    this.tuning = new OnChipTuning(problem.limits());
  }

  static TierFit fit(Way way, Problem problem) {
    Geometry g = problem.geometry();
    long rowElements = g.c() * g.hw();
    if (problem.writesMask() && g.c() > 1 && rowElements % MASK_BITS != 0) {
      return TierFit.no(
          "a byte of the mask would belong to two blocks, since c * hw = %d is no multiple of %d"
              .formatted(rowElements, MASK_BITS));
    }
    if (g.hw() > Integer.MAX_VALUE) {
      return TierFit.no("hw = %d is beyond 2^31".formatted(g.hw()));
    }
    OnepassSecond second = new OnepassSecond(way, problem);
    String refusal = second.refusal();
    if (refusal != null) {
      return TierFit.no(refusal);
    }
    return switch (way.tier()) {
      case BLOCK -> second.block();
      case CLUSTER -> second.cluster();
      default -> second.grid();
    };
  }

  /** Why a cut that is asked for is none; null if it is one. */
  private @Nullable String refusal() {
    if (group % leastGroup != 0 && group != g.c()) {
      return "expected a group of a multiple of %d channels, which share sectors, got %d"
          .formatted(leastGroup, group);
    }
    return OnChipTuning.refusal(way);
  }

  /** So many channels that a group's row is not short. */
  private long group() {
    long rowBytes = leastGroup * g.hw() * problem.elementBytes();
    return Math.min(leastGroup * ceilDiv(LEAST_ROW_BYTES, rowBytes), g.c());
  }

  /**
   * So many channels that a group's row is whole packs and whole bytes of the mask, and where batch
   * entries allow it whole sectors, which two blocks would read otherwise.
   */
  private long leastGroup() {
    if (g.c() == 1) {
      return 1;
    }
    int sector = SECTOR_BYTES / problem.elementBytes();
    int needed = problem.writesMask() ? MASK_BITS : wideAllowed ? pack : 1;
    int unit = g.c() * g.hw() % sector == 0 ? Math.max(needed, sector) : needed;
    long least = unit / BigInteger.valueOf(g.hw()).gcd(BigInteger.valueOf(unit)).intValue();
    return Math.min(least, g.c());
  }

  /** A cut into so many blocks per group, or null if it does not fit or leaves a block empty. */
  private OnepassCut.@Nullable Share share(long splits, int elementsPerAccess) {
    long chunk = chunk(splits);
    if ((splits - 1) * chunk >= g.m()) {
      return null;
    }
    chunk = Math.min(chunk, g.m());
    long bytes = sharedBytes(chunk, splits);
    if (bytes > tuning.mostShared()) {
      return null;
    }
    int most = way.threads() == 0 ? tuning.threads(bytes) : way.threads();
    int threads = threads(chunk, elementsPerAccess, most);
    long inFlight =
        tier == Tier.GRID
            ? (long) tuning.residentBlocks(threads, bytes) * tuning.multiprocessors() / splits
            : Integer.MAX_VALUE / splits;
    int blocks = Math.toIntExact(Math.min(groups, inFlight) * splits);
    if (blocks == 0 || (tier == Tier.CLUSTER && groups > inFlight)) {
      return null;
    }
    LaunchShape shape = new LaunchShape(blocks, 1, threads, 1, (int) bytes, tier == Tier.GRID);
    return new OnepassCut.Share(shape, group, splits, chunk, chunk, 1);
  }

  /** OnChip in bn_onepass.cuh. */
  long sharedBytes(long chunk, long splits) {
    int accumulator = problem.spec().statisticsType().bytes();
    long kept = OnChipTuning.padded(group * chunk * problem.elementBytes());
    long perChannel = (4L + 3) * accumulator + 3 * Double.BYTES;
    long scratch = group == 1 ? 0 : scratchRows() * SCRATCH_ROW * accumulator;
    long inbox = tier == Tier.CLUSTER ? group * splits * parts() * Double.BYTES : 0;
    return OnChipTuning.padded(inbox)
        + kept * problem.direction().resident
        + OnChipTuning.padded(group * perChannel)
        + scratch;
  }

  /** Values that a thread leaves for sums per channel, at most (bn_onepass_sums.cuh). */
  private long scratchRows() {
    return g.hw() < pack ? pack : MOST_SUMS * 2;
  }

  /** Numbers that a block tells the others about a channel: K in bn_exchange.cuh. */
  private int parts() {
    return problem.direction() == Direction.FORWARD ? 3 : 2;
  }

  /** Whole warps: with several channels whole rows of packs, with one no thread without a pack. */
  private int threads(long chunk, int elementsPerAccess, int most) {
    if (group == 1) {
      return OnChipTuning.wholeWarps(
          ceilDiv(chunk / elementsPerAccess, LaunchTuning.PACKS_PER_THREAD), most);
    }
    long cols = group * g.hw() / elementsPerAccess;
    long slots = Math.max(1, Math.min(most / cols, chunk / g.hw()));
    return OnChipTuning.wholeWarps(cols * slots, most);
  }

  private TierFit block() {
    OnepassCut.Share share = share(1, usualAccess());
    if (share == null) {
      return tooLarge(1);
    }
    return fit(1, STEM, "");
  }

  private TierFit cluster() {
    if (problem.elementBytes() == Double.BYTES) {
      return TierFit.no("no cluster kernels for f64");
    }
    int best = 0;
    int first = Math.max(2, way.splits());
    int last = way.splits() == 0 ? tuning.mostClusterBlocks() : first;
    for (int blocks = first; blocks <= last; blocks *= 2) {
      OnepassCut.Share share = share(blocks, usualAccess());
      if (share != null && share(blocks, 1) != null) {
        best = blocks;
        if (fills(share)) {
          break;
        }
      }
    }
    return best == 0 ? tooLarge(last) : fit(best, CLUSTER_STEM, OnepassCut.CLUSTER_SUFFIX + best);
  }

  private TierFit grid() {
    long capacity = (long) tuning.multiprocessors() * tuning.residentBlocks(1, 0);
    long first = Math.max(2, way.splits());
    long last = way.splits() == 0 ? capacity : first;
    long best = 0;
    for (long splits = first; splits <= last; splits++) {
      OnepassCut.Share share = share(splits, usualAccess());
      if (share != null && share(splits, 1) != null) {
        best = splits;
        if (fills(share)) {
          break;
        }
      }
    }
    if (best > 0) {
      return fit(best, STEM, "");
    }
    TierFit refusal = tooLarge(Math.min(last, tuning.multiprocessors()));
    return group == 1 ? new PartialGrid(way, problem, this).fit(refusal) : refusal;
  }

  /** Values per channel of each of so many blocks. */
  long chunk(long splits) {
    return group == 1
        ? ceilDiv(ceilDiv(g.m(), splits), MASK_BITS) * MASK_BITS
        : ceilDiv(g.m() / g.hw(), splits) * g.hw();
  }

  private int usualAccess() {
    return wideAllowed ? pack : 1;
  }

  private boolean fills(OnepassCut.Share share) {
    return tuning.fills(
        groups * share.splits(),
        group * share.chunk() * problem.elementBytes() * problem.direction().resident,
        share.shape());
  }

  private TierFit tooLarge(long blocks) {
    String what = group == 1 ? "the values of a channel" : group + " channels, which share packs,";
    if (way.splits() > 1) {
      return TierFit.no(
          "%s cannot be cut into %d parts of at most %s of shared memory, all at once"
              .formatted(what, way.splits(), OnChipTuning.kib(tuning.mostShared())));
    }
    return TierFit.no(
        "%s of %s do not fit into %s of shared memory"
            .formatted(
                what,
                OnChipTuning.kib(group * problem.channelBytes()),
                (blocks == 1 ? "" : blocks + " times ") + OnChipTuning.kib(tuning.mostShared())));
  }

  private TierFit fit(long splits, String stem, String suffix) {
    OnepassCut.Share narrow = share(splits, 1);
    if (narrow == null) {
      return tooLarge(splits);
    }
    OnepassCut.Share wide = wideAllowed ? share(splits, pack) : null;
    OnepassCut cut =
        new OnepassCut(
            stem.formatted(problem.direction().label()), suffix, wide, narrow, sizes(wide, narrow));
    OnepassCut.Share usual = cut.usual();
    String what =
        "%d blocks, %d for %s, each with %s of shared memory, %d per multiprocessor"
            .formatted(
                usual.shape().gridX(),
                splits,
                group == 1 ? "a channel" : group + " channels",
                OnChipTuning.kib(usual.shape().sharedBytes()),
                tuning.residentBlocks(usual.shape().blockX(), usual.shape().sharedBytes()));
    return new TierFit(cut, fills(usual), what);
  }

  Workspace.Sizes sizes(OnepassCut.@Nullable Share wide, OnepassCut.Share narrow) {
    if (tier != Tier.GRID) {
      return new Workspace.Sizes(0, 0, 1, 0, problem.spec().statisticsType());
    }
    long blocks = Math.max(narrow.shape().gridX(), wide == null ? 0 : wide.shape().gridX());
    // Two buffers, taken in turn.
    long doubles = Math.multiplyExact(2 * blocks * parts(), group);
    int accumulator = problem.spec().statisticsType().bytes();
    return new Workspace.Sizes(
        0,
        doubles * Double.BYTES / accumulator,
        1,
        blocks / narrow.splits(),
        problem.spec().statisticsType());
  }
}
