package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaDevice;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Mode;
import org.jspecify.annotations.Nullable;

/**
 * The prepared passes of a spec.
 *
 * @param backward null if the mode has none
 */
record Passes(ForwardPass forward, @Nullable BackwardPass backward, Tiers tiers) {

  /**
   * How the passes over batch statistics are done.
   *
   * @param forward null for running statistics
   * @param backward null unless TRAINING
   */
  record Tiers(@Nullable TierChoice forward, @Nullable TierChoice backward) {
    static Tiers choose(BatchNormSpec spec, CudaDevice device, Forcing forcing) {
      TierChoice forward = null;
      TierChoice backward = null;
      for (Direction direction : TierTuning.directions(spec)) {
        Problem problem = Problem.of(direction, spec, device.limits());
        Way forced = forcing.way(direction);
        TierChoice tuned = forced == null ? TunedTiers.choose(device, problem) : null;
        TierChoice choice = tuned == null ? TierTuning.choose(problem, forced) : tuned;
        if (direction == Direction.FORWARD) {
          forward = choice;
        } else {
          backward = choice;
        }
      }
      return new Tiers(forward, backward);
    }

    /** The workspace that all passes need together. */
    Workspace.Sizes sizes(BatchNormSpec spec, CudaDevice.Limits limits) {
      Workspace.Sizes sizes = Workspace.Sizes.none(spec.statisticsType());
      boolean reduces = spec.mode() == Mode.FROZEN;
      for (TierChoice choice : new TierChoice[] {forward, backward}) {
        if (choice != null && choice.cut() != null) {
          sizes = sizes.or(choice.cut().sizes());
        }
        reduces |= choice != null && choice.cut() == null;
      }
      return reduces ? sizes.or(Setup.reductionSizes(spec, limits.multiprocessors())) : sizes;
    }
  }

  /** Loads the kernels and prepares their arguments. */
  static Passes of(Setup setup, Tiers tiers) {
    return new Passes(forward(setup, tiers.forward), backward(setup, tiers.backward), tiers);
  }

  private static ForwardPass forward(Setup setup, @Nullable TierChoice choice) {
    if (choice == null) {
      return new InferenceKernel(setup);
    }
    OnepassCut cut = choice.cut();
    return cut == null ? new TwoPassForward(setup) : new ForwardOnepassKernel(setup, cut);
  }

  private static @Nullable BackwardPass backward(Setup setup, @Nullable TierChoice choice) {
    if (choice == null) {
      return setup.spec().mode() == Mode.FROZEN ? new BackwardFrozenKernel(setup) : null;
    }
    OnepassCut cut = choice.cut();
    return cut == null ? new TwoPassBackward(setup) : new BackwardOnepassKernel(setup, cut);
  }
}
