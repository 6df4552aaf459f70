package io.github.bn4j.backend.ptx;

import static io.github.bn4j.backend.ptx.Geometry.ceilDiv;

import io.github.bn4j.backend.ptx.OnepassCut.Share;
import io.github.bn4j.cuda.CudaDevice;
import java.util.Arrays;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * How one-pass kernels cut a tensor whose channels come last: into {@link Tile}s, each in the
 * shared memory of one block, or of blocks that share its rows.
 */
final class OnepassLast {
  /**
   * Bytes of a tile's channels: a line of the L2 cache, or half of one, the least that a DRAM
   * access brings. With the smaller one twice as many rows fit, and twice as many blocks have work.
   */
  private static final int[] GROUP_BYTES = {128, 64};

  /** Blocks of a multiprocessor: while one waits for others, the other reads or writes. */
  private static final int BLOCKS = 2;

  /** Shared memory that the system takes of each block (compute capability 8.0 and newer). */
  private static final int SYSTEM_BYTES = 1024;

  /** Most static shared memory of the kernels; OnepassLastTest asks them. */
  static final int STATIC_BYTES = 8192;

  /**
   * Blocks of a cluster, as many as every device with clusters can place. The kernels have 16, too,
   * which no device here has run; the grid tier does what needs more than 8.
   */
  private static final int[] CLUSTERS = {2, 4, 8};

  /**
   * One multiprocessor reads this in about a microsecond (4.8 TB/s among 132), which is what
   * another launch or an exchange costs: more blocks would not help.
   */
  private static final long SMALL_TILE_BYTES = 32 * 1024;

  /** Steps of a thread at least, where rows are split only to give all multiprocessors work. */
  private static final int LEAST_STEPS = 4;

  /** A kernel counts groups in 32 bits. */
  private static final long MOST_CHANNELS = Integer.MAX_VALUE;

  private OnepassLast() {}

  static TierFit fit(Way way, Problem problem) {
    Geometry g = problem.geometry();
    if (g.c() > MOST_CHANNELS || room(problem) <= 0) {
      return TierFit.no("expected at most 2^31 - 1 channels and 16 KiB of shared memory per block");
    }
    int[] groupBytes = groupBytes(way, problem);
    String refusal = refusal(way, groupBytes);
    if (refusal != null) {
      return TierFit.no(refusal);
    }
    return switch (way.tier()) {
      case BLOCK -> best(groupBytes, bytes -> block(problem, bytes));
      case CLUSTER -> cluster(problem, groupBytes, way.splits());
      case GRID -> grid(problem, groupBytes, way.splits());
      case TWO_PASS -> throw new IllegalArgumentException("tier: expected one pass, got two-pass");
    };
  }

  /** Those that a way leaves. */
  private static int[] groupBytes(Way way, Problem problem) {
    return Arrays.stream(GROUP_BYTES)
        .filter(bytes -> way.group() == 0 || way.group() == bytes / problem.elementBytes())
        .toArray();
  }

  /** Why a cut that is asked for is none; null if it is one. */
  private static @Nullable String refusal(Way way, int[] groupBytes) {
    if (groupBytes.length == 0) {
      return "expected a group of 64 or 128 bytes of channels, got %d channels"
          .formatted(way.group());
    }
    if (way.threads() != 0 && way.threads() != LaunchTuning.THREADS) {
      return "expected %d threads, channels last, got %d"
          .formatted(LaunchTuning.THREADS, way.threads());
    }
    return OnChipTuning.refusal(way);
  }

  /** The first that leaves no multiprocessor idle, else the last that fits. */
  private static TierFit best(int[] groupBytes, IntFunction<TierFit> attempt) {
    TierFit best = TierFit.no("");
    for (int bytes : groupBytes) {
      TierFit fit = attempt.apply(bytes);
      if (fit.cut() != null || best.cut() == null) {
        best = fit;
      }
      if (fit.fills()) {
        break;
      }
    }
    return best;
  }

  /** Bytes that a block may keep while another one is on the same multiprocessor. */
  private static long room(Problem problem) {
    CudaDevice.Limits limits = problem.limits();
    int share = limits.sharedBytesPerMultiprocessor() / BLOCKS - SYSTEM_BYTES;
    return Math.min(share, limits.sharedBytesPerBlock()) - (long) STATIC_BYTES;
  }

  private static @Nullable Tile wide(Problem problem, int bytes) {
    return Setup.isWide(problem.spec(), problem.geometry())
        ? Tile.of(problem, bytes, LaunchTuning.packSize(problem.spec().dataType()))
        : null;
  }

  private static Tile narrow(Problem problem, int bytes) {
    return Tile.of(problem, bytes, 1);
  }

  private static TierFit block(Problem problem, int bytes) {
    Tile wide = wide(problem, bytes);
    Tile narrow = narrow(problem, bytes);
    Tile usual = wide == null ? narrow : wide;
    // A tile that needs more than half of a multiprocessor gets all of it.
    long most = (long) problem.limits().sharedBytesPerBlock() - STATIC_BYTES;
    if (Math.max(usual.keptBytes(1), narrow.keptBytes(1)) > most) {
      return TierFit.no(
          "%d rows of %d bytes do not fit into the shared memory of a block (%d bytes)"
              .formatted(usual.rows(), bytes, most));
    }
    OnepassCut cut =
        new OnepassCut(
            stem(problem, ""),
            "",
            wide == null ? null : wide.share(1, wide.groups(), most, 0, false),
            narrow.share(1, narrow.groups(), most, 0, false),
            sizes(problem, 0, 0));
    boolean fills =
        usual.groups() >= problem.limits().multiprocessors()
            || usual.keptBytes(1) <= SMALL_TILE_BYTES;
    return new TierFit(cut, fills, describe(usual, 1, 1.0, "a block"));
  }

  private static TierFit cluster(Problem problem, int[] groupBytes, int splits) {
    TierFit best = TierFit.no("");
    for (int blocks : splits == 0 ? CLUSTERS : new int[] {splits}) {
      TierFit fit = best(groupBytes, bytes -> cluster(problem, bytes, blocks));
      if (fit.cut() != null || best.cut() == null) {
        best = fit;
      }
      if (fit.fills()) {
        break;
      }
    }
    return best;
  }

  private static TierFit cluster(Problem problem, int bytes, int blocks) {
    if (problem.elementBytes() == Double.BYTES) {
      return TierFit.no("no clusters in double precision, which has the grid tier");
    }
    Tile wide = wide(problem, bytes);
    Tile narrow = narrow(problem, bytes);
    Tile usual = wide == null ? narrow : wide;
    int part = problem.spec().statisticsType().bytes();
    int inbox = blocks * usual.partBytes(part);
    int narrowInbox = blocks * narrow.partBytes(part);
    long room = room(problem);
    if (usual.keptBytes(blocks) + inbox > room || narrow.keptBytes(blocks) + narrowInbox > room) {
      return TierFit.no(
          "%d rows of %d bytes do not fit into a cluster of %d blocks of %d bytes"
              .formatted(usual.rows(), bytes, blocks, room));
    }
    OnepassCut cut =
        new OnepassCut(
            stem(problem, "_cluster"),
            OnepassCut.CLUSTER_SUFFIX + blocks,
            wide == null ? null : wide.share(blocks, wide.groups(), room, inbox, false),
            narrow.share(blocks, narrow.groups(), room, narrowInbox, false),
            sizes(problem, 0, 0));
    boolean fills =
        usual.groups() * blocks >= problem.limits().multiprocessors()
            || usual.keptBytes(blocks) <= SMALL_TILE_BYTES;
    return new TierFit(cut, fills, describe(usual, blocks, 1.0, "a cluster"));
  }

  private static TierFit grid(Problem problem, int[] groupBytes, int splits) {
    if (splits > BLOCKS * problem.limits().multiprocessors()) {
      return TierFit.no(
          "%d blocks are more than the device holds at once, %d"
              .formatted(splits, BLOCKS * problem.limits().multiprocessors()));
    }
    int bytes = groupBytes[0];
    Share usual = gridShare(problem, bytes, splits);
    if (usual.resident() < usual.chunk() && groupBytes.length > 1) {
      bytes = groupBytes[1];
      usual = gridShare(problem, bytes, splits);
    }
    Tile wide = wide(problem, bytes);
    Tile narrow = narrow(problem, bytes);
    Share narrowShare = gridShare(problem, narrow, splits);
    long parts = parts(narrow, narrowShare);
    long barriers = narrowShare.shape().gridX() / narrowShare.splits();
    if (wide != null) {
      parts = Math.max(parts, parts(wide, usual));
      barriers = Math.max(barriers, usual.shape().gridX() / usual.splits());
    }
    OnepassCut cut =
        new OnepassCut(
            stem(problem, ""),
            "",
            wide == null ? null : usual,
            narrowShare,
            sizes(problem, parts, barriers));
    Tile tile = wide == null ? narrow : wide;
    String reason = describe(tile, usual.splits(), cut.residentFraction(), "a cooperative grid");
    return new TierFit(cut, true, reason);
  }

  private static Share gridShare(Problem problem, int bytes, int splits) {
    Tile wide = wide(problem, bytes);
    return gridShare(problem, wide == null ? narrow(problem, bytes) : wide, splits);
  }

  /**
   * As many groups at a time as fit on chip, and all blocks for them. What does not fit even alone
   * takes all blocks, and they keep what they can.
   *
   * @param asked blocks of a group; 0 for that
   */
  private static Share gridShare(Problem problem, Tile tile, int asked) {
    long room = room(problem);
    long blocks = (long) BLOCKS * problem.limits().multiprocessors();
    long rowsOfBlock = tile.rowsIn(room);
    long least = Math.min(ceilDiv(tile.rows(), Math.max(1, rowsOfBlock)), blocks);
    long needed = asked == 0 ? least : Math.min(asked, tile.rows());
    long turns = ceilDiv(tile.groups(), Math.max(1, blocks / needed));
    long atOnce = ceilDiv(tile.groups(), turns);
    long worthwhile = ceilDiv(tile.rows(), (long) tile.rowsPerStep() * LEAST_STEPS);
    long wanted = asked == 0 ? Math.max(needed, Math.min(blocks / atOnce, worthwhile)) : needed;
    // Rounding up what a block takes can leave the last ones without any.
    long splits = ceilDiv(tile.rows(), ceilDiv(tile.rows(), wanted));
    return tile.share(splits, atOnce, room, 0, splits > 1);
  }

  private static long parts(Tile tile, Share share) {
    return Math.multiplyExact(share.splits() * tile.groups(), 2L * tile.channels());
  }

  private static String stem(Problem problem, String kind) {
    return "bn_" + problem.direction().label() + "_tile" + kind;
  }

  private static Workspace.Sizes sizes(Problem problem, long parts, long barriers) {
    return new Workspace.Sizes(0, parts, 1, barriers, problem.spec().statisticsType());
  }

  private static String describe(Tile tile, long splits, double fraction, String place) {
    return "%d channels times %d rows in the shared memory of %s%s%s"
        .formatted(
            tile.channels(),
            tile.rows(),
            place,
            splits > 1 ? ", %d blocks each".formatted(splits) : "",
            fraction < 1 ? ", %.0f %% of the rows".formatted(100 * fraction) : "");
  }
}
