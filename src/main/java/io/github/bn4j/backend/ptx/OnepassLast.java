package io.github.bn4j.backend.ptx;

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
  static final int[] GROUP_BYTES = {128, 64};

  /** Blocks of a multiprocessor: while one waits for others, the other reads or writes. */
  private static final int BLOCKS = 2;

  private static final int THREADS = Tile.MOST_THREADS / BLOCKS;

  /** Shared memory that the system takes of each block (compute capability 8.0 and newer). */
  private static final int SYSTEM_BYTES = 1024;

  /** Most static shared memory of the kernels; OnepassLastTest asks them. */
  static final int STATIC_BYTES = 6912;

  /**
   * One multiprocessor reads this in about a microsecond (4.8 TB/s among 132), which is what
   * another launch or an exchange costs: more blocks would not help.
   */
  private static final long SMALL_TILE_BYTES = 32 * 1024;

  /** A kernel counts groups in 32 bits. */
  private static final long MOST_CHANNELS = Integer.MAX_VALUE;

  private OnepassLast() {}

  static TierFit fit(Way way, Problem problem) {
    Geometry g = problem.geometry();
    if (g.c() > MOST_CHANNELS || room(problem, BLOCKS) <= 0) {
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
      case GRID -> new TileGrid(problem, way.splits()).fit(groupBytes);
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
    int threads = way.tier() == Tier.GRID ? TileGrid.THREADS : THREADS;
    if (way.threads() != 0 && way.threads() != threads) {
      return "expected %d threads, channels last, got %d".formatted(threads, way.threads());
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

  /** Bytes that a block may keep where so many are to be on a multiprocessor. */
  static long room(Problem problem, int blocks) {
    CudaDevice.Limits limits = problem.limits();
    int share = limits.sharedBytesPerMultiprocessor() / blocks - SYSTEM_BYTES;
    return Math.min(share, limits.sharedBytesPerBlock()) - (long) STATIC_BYTES;
  }

  /** With 16-byte accesses; null where the shape forbids them. */
  static @Nullable Tile wide(Problem problem, int bytes, int threads) {
    return Setup.isWide(problem.spec(), problem.geometry())
        ? Tile.of(problem, bytes, LaunchTuning.packSize(problem.spec().dataType()), threads)
        : null;
  }

  /** With one element per access. */
  static Tile narrow(Problem problem, int bytes, int threads) {
    return Tile.of(problem, bytes, 1, threads);
  }

  private static TierFit block(Problem problem, int bytes) {
    Tile wide = wide(problem, bytes, THREADS);
    Tile narrow = narrow(problem, bytes, THREADS);
    Tile usual = wide == null ? narrow : wide;
    // A tile that needs more than half of a multiprocessor gets all of it.
    long most = room(problem, 1);
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
    // A block alone on its multiprocessor leaves memory idle while it adds up.
    boolean busy =
        usual.groups() >= problem.limits().multiprocessors()
            && usual.keptBytes(1) <= room(problem, BLOCKS);
    boolean fills = busy || usual.keptBytes(1) <= SMALL_TILE_BYTES;
    return new TierFit(cut, fills, describe(usual, 1, 1.0, "a block"));
  }

  /**
   * Whole lines before half lines, and clusters that are sure to be placed before those of 16,
   * which need most of a processing cluster of the device at once; few blocks before many.
   *
   * @param asked blocks of a cluster; 0 for that
   */
  private static TierFit cluster(Problem problem, int[] groupBytes, int asked) {
    int most = new OnChipTuning(problem.limits()).mostClusterBlocks();
    TierFit best = TierFit.no("the device places at most " + most + " blocks of a cluster");
    for (int large = OnChipTuning.PORTABLE_CLUSTER_BLOCKS; large <= most; large *= 2) {
      for (int bytes : groupBytes) {
        int fewest = large == OnChipTuning.PORTABLE_CLUSTER_BLOCKS ? 2 : large;
        for (int blocks = fewest; blocks <= large; blocks *= 2) {
          TierFit fit =
              asked == 0 || asked == blocks ? cluster(problem, bytes, blocks) : TierFit.no("");
          if (fit.fills()) {
            return fit;
          }
          best = better(fit, best);
        }
      }
    }
    return best;
  }

  /** Of two that leave multiprocessors idle the one with more blocks, of refusals the later. */
  private static TierFit better(TierFit fit, TierFit best) {
    if (fit.cut() == null) {
      return best.cut() == null && !fit.reason().isEmpty() ? fit : best;
    }
    return best.cut() == null || blocks(fit.cut()) > blocks(best.cut()) ? fit : best;
  }

  private static int blocks(OnepassCut cut) {
    return cut.usual().shape().gridX();
  }

  private static TierFit cluster(Problem problem, int bytes, int blocks) {
    if (problem.elementBytes() == Double.BYTES) {
      return TierFit.no("no clusters in double precision, which has the grid tier");
    }
    Tile wide = wide(problem, bytes, THREADS);
    Tile narrow = narrow(problem, bytes, THREADS);
    Tile usual = wide == null ? narrow : wide;
    int part = problem.spec().statisticsType().bytes();
    int inbox = blocks * usual.partBytes(part);
    int narrowInbox = blocks * narrow.partBytes(part);
    long room = room(problem, BLOCKS);
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

  static String stem(Problem problem, String kind) {
    return "bn_" + problem.direction().label() + "_tile" + kind;
  }

  static Workspace.Sizes sizes(Problem problem, long parts, long barriers) {
    return new Workspace.Sizes(0, parts, 1, barriers, problem.spec().statisticsType());
  }

  static String describe(Tile tile, long splits, double fraction, String place) {
    return "%d channels times %d rows in the shared memory of %s%s%s"
        .formatted(
            tile.channels(),
            tile.rows(),
            place,
            splits > 1 ? ", %d blocks each".formatted(splits) : "",
            fraction < 1 ? ", %.0f %% of the rows".formatted(100 * fraction) : "");
  }
}
