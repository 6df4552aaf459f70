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
   * @param forced the one to take; null to choose
   * @throws IllegalArgumentException if the forced one cannot do it
   */
  static TierChoice choose(Problem problem, @Nullable Tier forced) {
    return forced == null ? choose(problem) : forced(problem, forced);
  }

  private static TierChoice choose(Problem problem) {
    List<String> refusals = new ArrayList<>();
    TierChoice second = null;
    for (Tier tier : ONE_PASS) {
      TierFit fit = fit(tier, problem);
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

  private static TierChoice forced(Problem problem, Tier tier) {
    TierFit fit = fit(tier, problem);
    if (fit.cut() == null && tier != Tier.TWO_PASS) {
      throw new IllegalArgumentException(refusal(problem, tier, fit));
    }
    return new TierChoice(problem.direction(), tier, fit.cut(), "asked for; " + fit.reason());
  }

  private static String refusal(Problem problem, Tier tier, TierFit fit) {
    return "tier %s, %s pass: %s; take another tier, or leave the choice to ptx"
        .formatted(tier.label(), problem.direction().label(), fit.reason());
  }

  /** Whether the tiers that are asked for can do their passes of a spec over batch statistics. */
  static Support supports(Forcing forcing, BatchNormSpec spec, CudaDevice.Limits limits) {
    for (Direction direction : directions(spec)) {
      Tier tier = forcing.tier(direction);
      if (tier == null) {
        continue;
      }
      Problem problem = Problem.of(direction, spec, limits);
      TierFit fit = fit(tier, problem);
      if (fit.cut() == null && tier != Tier.TWO_PASS) {
        return Support.no(refusal(problem, tier, fit));
      }
    }
    return Support.yes();
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

  /** Whether and how a tier can do a pass. */
  static TierFit fit(Tier tier, Problem problem) {
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
        ? OnepassLast.fit(tier, problem)
        : OnepassSecond.fit(tier, problem);
  }
}
