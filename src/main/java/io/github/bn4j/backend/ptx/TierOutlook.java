package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaDevice;
import io.github.bn4j.op.BatchNormSpec;
import org.jspecify.annotations.Nullable;

/**
 * How a pass over batch statistics would be done on a device, which nobody needs to have.
 *
 * @param pass the pass, as {@code bn4j tune} names it
 * @param tier where values stay between statistics and use
 * @param way the tier and its cut in full: {@code cluster x4 t256 g1}
 * @param tensors traffic, in tensors, without residual and mask
 * @param kept fraction of the tensors that stays on chip
 * @param why why this tier, and why not those before it
 */
public record TierOutlook(
    String pass, Tier tier, Way way, double tensors, double kept, String why) {

  /**
   * On a device that is here: as plans do it, by what was tuned and else by rule.
   *
   * @throws IllegalArgumentException if the spec has no such pass
   */
  public static TierOutlook of(BatchNormSpec spec, boolean backward, CudaDevice device) {
    Problem problem = problem(spec, backward, device.limits());
    return of(problem, TunedTiers.choose(device, problem));
  }

  /**
   * By rule, on a device with these limits.
   *
   * @throws IllegalArgumentException if the spec has no such pass
   */
  public static TierOutlook of(BatchNormSpec spec, boolean backward, CudaDevice.Limits limits) {
    return of(problem(spec, backward, limits), null);
  }

  private static Problem problem(BatchNormSpec spec, boolean backward, CudaDevice.Limits limits) {
    Direction direction = backward ? Direction.BACKWARD : Direction.FORWARD;
    return Problem.of(direction, TierTuning.checked(spec, direction), limits);
  }

  private static TierOutlook of(Problem problem, @Nullable TierChoice tuned) {
    TierChoice choice = tuned != null ? tuned : TierTuning.choose(problem, null);
    return new TierOutlook(
        TunedFile.pass(problem.direction(), problem.spec()),
        choice.tier(),
        choice.way(),
        choice.tensors(),
        1 - choice.readAgain(),
        choice.why());
  }
}
