package io.github.bn4j.backend.ptx;

import io.github.bn4j.backend.Support;
import io.github.bn4j.cuda.CudaDevice;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Mode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which {@link Tier} does a pass: the first that keeps the channels on chip and all multiprocessors
 * at work, else the first that keeps them on chip, else {@link Tier#TWO_PASS}.
 */
final class TierTuning {
  /** Least exchange first. */
  private static final List<Tier> ONE_PASS = List.of(Tier.BLOCK, Tier.CLUSTER, Tier.GRID);

  private TierTuning() {}

  /**
   * The tier of a pass.
   *
   * @param forced the way to take; null to choose
   * @throws IllegalArgumentException if the forced one cannot do it
   */
  static TierChoice choose(Problem problem, @Nullable Way forced) {
    return forced == null ? choose(problem) : forced(problem, forced);
  }

  private static TierChoice choose(Problem problem) {
    List<String> refusals = new ArrayList<>();
    TierChoice second = null;
    for (Tier tier : ONE_PASS) {
      TierFit fit = fit(Way.of(tier), problem);
      if (fit.cut() != null && fit.fills()) {
        return choice(problem, tier, fit, refusals);
      }
      if (fit.cut() != null && second == null) {
        second = choice(problem, tier, fit, refusals);
      }
      refusals.add("not " + tier.label() + ": " + fit.reason());
    }
    return second != null
        ? second
        : new TierChoice(problem.direction(), Tier.TWO_PASS, null, String.join("; ", refusals));
  }

  private static TierChoice choice(Problem problem, Tier tier, TierFit fit, List<String> refusals) {
    List<String> why = new ArrayList<>(List.of(fit.reason()));
    why.addAll(refusals);
    return new TierChoice(problem.direction(), tier, fit.cut(), String.join("; ", why));
  }

  private static TierChoice forced(Problem problem, Way way) {
    TierFit fit = fit(way, problem);
    if (!fit.can(way)) {
      throw new IllegalArgumentException(refusal(problem, way, fit));
    }
    return new TierChoice(problem.direction(), way.tier(), fit.cut(), "asked for; " + fit.reason());
  }

  private static String refusal(Problem problem, Way way, TierFit fit) {
    return "tier %s, %s pass: %s; take another tier, or leave the choice to ptx"
        .formatted(way.label(), problem.direction().label(), fit.reason());
  }

  /** Whether the ways that are asked for can do their passes of a spec over batch statistics. */
  static Support supports(Forcing forcing, BatchNormSpec spec, CudaDevice.Limits limits) {
    for (Direction direction : directions(spec)) {
      Way way = forcing.way(direction);
      if (way == null) {
        continue;
      }
      Problem problem = Problem.of(direction, spec, limits);
      TierFit fit = fit(way, problem);
      if (!fit.can(way)) {
        return Support.no(refusal(problem, way, fit));
      }
    }
    return Support.yes();
  }

  /**
   * The spec.
   *
   * @throws IllegalArgumentException if it has no such pass over batch statistics
   */
  static BatchNormSpec checked(BatchNormSpec spec, Direction direction) {
    if (!directions(spec).contains(direction)) {
      throw new IllegalArgumentException(
          "tier: expected a pass over batch statistics, got %s of %s"
              .formatted(direction.label(), spec.describe()));
    }
    return spec;
  }

  /** The passes of a spec that go over batch statistics. */
  static List<Direction> directions(BatchNormSpec spec) {
    if (!spec.usesBatchStatistics()) {
      return List.of();
    }
    return spec.mode() == Mode.TRAINING
        ? List.of(Direction.FORWARD, Direction.BACKWARD)
        : List.of(Direction.FORWARD);
  }

  /** Whether and how a pass can be done in a way. */
  static TierFit fit(Way way, Problem problem) {
    Tier tier = way.tier();
    if (tier == Tier.TWO_PASS) {
      return TierFit.no("reads everything again");
    }
    if (problem.geometry().m() == 0) {
      return TierFit.no("an empty batch has nothing to keep on chip");
    }
    CudaDevice.Limits limits = problem.limits();
    if (tier == Tier.CLUSTER && !limits.clusters()) {
      return TierFit.no(
          "clusters need compute capability 9.0, the device has "
              + limits.computeCapability() / 10.0);
    }
    if (tier == Tier.GRID && !limits.cooperative()) {
      return TierFit.no("the device has no cooperative launches");
    }
    return problem.geometry().channelLast()
        ? OnepassLast.fit(way, problem)
        : OnepassSecond.fit(way, problem);
  }
}
