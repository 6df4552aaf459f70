package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaDevice;
import io.github.bn4j.op.BatchNormSpec;
import java.util.EnumMap;
import java.util.Map;

/** The tiers that can do a pass on a device, each as a backend that can be measured. */
public final class TierTrials {
  private final Map<Tier, PtxBackend> backends = new EnumMap<>(Tier.class);
  private final Problem problem;

  /**
   * The tiers of a pass over batch statistics.
   *
   * @param backward the backward pass, else the forward pass
   * @throws IllegalArgumentException if the spec has no such pass
   */
  public TierTrials(BatchNormSpec spec, boolean backward, CudaDevice device) {
    Direction direction = backward ? Direction.BACKWARD : Direction.FORWARD;
    if (!TierTuning.directions(spec).contains(direction)) {
      throw new IllegalArgumentException(
          "tune: expected a pass over batch statistics, got %s of %s"
              .formatted(direction.label(), spec.describe()));
    }
    this.problem = Problem.of(direction, spec, device.limits());
    for (Tier tier : Tier.values()) {
      Forcing forcing = Forcing.of(direction, tier);
      if (TierTuning.supports(forcing, spec, device.limits()).isYes()) {
        backends.put(tier, new PtxBackend(forcing));
      }
    }
  }

  /** A backend per tier that can. */
  public Map<Tier, PtxBackend> backends() {
    return Map.copyOf(backends);
  }

  /** The tier that is taken where nothing was measured. */
  public Tier usual() {
    return TierTuning.choose(problem, null).tier();
  }

  /** The pass, as a line of a {@link TunedFile} names it. */
  public String pass() {
    return TunedFile.pass(problem.direction(), problem.spec());
  }
}
