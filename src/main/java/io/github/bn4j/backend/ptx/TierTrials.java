package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaDevice;
import io.github.bn4j.op.BatchNormSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The ways of doing a pass on a device that are worth measuring, each as a backend. In two turns,
 * so that they stay few: every tier, and every number of blocks that share a group; then around the
 * fastest of those other numbers of threads and channels, one changed at a time.
 *
 * <p>Traffic decides what is not worth it: of tensors that the L2 cache does not hold, a way that
 * moves a fifth more than another cannot win, nor can one that leaves half of the device idle. Two
 * passes are measured all the same: they are what one pass has to beat.
 */
public final class TierTrials {
  /** Traffic over the least of all ways, from which on a way is not measured. */
  private static final double TOO_MUCH = 1.2;

  private final Problem problem;
  private final TierChoice usual;

  /**
   * The ways of a pass over batch statistics.
   *
   * @param backward the backward pass, else the forward pass
   * @throws IllegalArgumentException if the spec has no such pass
   */
  public TierTrials(BatchNormSpec spec, boolean backward, CudaDevice device) {
    this(spec, backward ? Direction.BACKWARD : Direction.FORWARD, device.limits());
  }

  TierTrials(BatchNormSpec spec, Direction direction, CudaDevice.Limits limits) {
    this.problem = Problem.of(direction, TierTuning.checked(spec, direction), limits);
    this.usual = TierTuning.choose(problem, null);
  }

  /** The first turn: tiers, and blocks that share a group. The usual way is always among them. */
  public Map<Way, PtxBackend> first() {
    List<Way> ways = new ArrayList<>(List.of(usual()));
    for (Tier tier : Tier.values()) {
      ways.add(Way.of(tier));
    }
    for (int splits = 2; splits <= OnChipTuning.MOST_CLUSTER_BLOCKS; splits *= 2) {
      ways.add(Way.of(Tier.CLUSTER).withSplits(splits));
    }
    OnepassCut grid = TierTuning.fit(Way.of(Tier.GRID), problem).cut();
    if (grid != null) {
      // More blocks hide more latency, fewer have fewer to wait for.
      ways.add(Way.of(Tier.GRID).withSplits(grid.usual().splits() * 2));
      ways.add(Way.of(Tier.GRID).withSplits(Math.max(2, grid.usual().splits() / 2)));
    }
    return worthwhile(ways);
  }

  /** The second turn: a way, so that all are measured in one run, and those beside it. */
  public Map<Way, PtxBackend> beside(Way way) {
    OnepassCut cut = TierTuning.fit(way, problem).cut();
    if (cut == null) {
      return Map.of();
    }
    OnepassCut.Share share = cut.usual();
    List<Way> ways = new ArrayList<>(List.of(way));
    // Channels last have one number of threads, and groups of 64 or 128 bytes.
    if (!problem.geometry().channelLast()) {
      ways.add(way.withThreads(OnChipTuning.MOST_THREADS / 2));
      ways.add(way.withThreads(OnChipTuning.MOST_THREADS));
    }
    ways.add(way.withGroup(share.group() * 2));
    if (share.group() > 1) {
      ways.add(way.withGroup(share.group() / 2));
    }
    return worthwhile(ways);
  }

  /** Those that can do it, are cut unlike each other, and do not move too much. */
  private Map<Way, PtxBackend> worthwhile(List<Way> ways) {
    Map<TierChoice, Way> distinct = new LinkedHashMap<>();
    for (Way way : ways) {
      TierFit fit = TierTuning.fit(way, problem);
      if (fit.can(way)) {
        distinct.putIfAbsent(new TierChoice(problem.direction(), way.tier(), fit.cut(), ""), way);
      }
    }
    double least =
        distinct.keySet().stream().mapToDouble(TierChoice::tensors).min().orElse(Double.NaN);
    Map<Way, PtxBackend> worth = new LinkedHashMap<>();
    distinct.forEach(
        (choice, way) -> {
          boolean stays =
              way.equals(usual()) || way.equals(ways.get(0)) || way.tier() == Tier.TWO_PASS;
          if (stays || isSmall() || (choice.tensors() < least * TOO_MUCH && works(choice.cut()))) {
            worth.put(way, new PtxBackend(Forcing.of(problem.direction(), way)));
          }
        });
    return Collections.unmodifiableMap(worth);
  }

  /** True if the L2 cache holds all tensors of the pass, so that traffic says little. */
  private boolean isSmall() {
    double bytes = problem.spec().shape().elements() * (double) problem.elementBytes();
    return bytes * problem.direction().onepassTraffic <= problem.limits().l2Bytes();
  }

  /** True if at least half of the multiprocessors have a block. */
  private boolean works(@Nullable OnepassCut cut) {
    return cut == null || cut.usual().shape().gridX() * 2L >= problem.limits().multiprocessors();
  }

  /** The way that is taken where nothing was measured. */
  public Way usual() {
    return Way.of(usual.tier());
  }

  /** The pass, as a line of a {@link TunedFile} names it. */
  public String pass() {
    return TunedFile.pass(problem.direction(), problem.spec());
  }
}
