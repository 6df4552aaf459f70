package io.github.bn4j.backend.ptx;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.Support;
import io.github.bn4j.cuda.CudaDevice;
import io.github.bn4j.cuda.CudaMemory;
import io.github.bn4j.cuda.CudaProbe;
import io.github.bn4j.op.BatchNormSpec;
import java.util.List;
import java.util.stream.Stream;

/**
 * Our own kernels on NVIDIA GPUs of compute capability 7.5 and newer; needs the driver only.
 * Supports every spec.
 */
public final class PtxBackend implements Backend {
  /** The name on the command line and in reports. */
  public static final String NAME = "ptx";

  /** The target that the PTX is made for; the driver compiles it for every newer device. */
  static final int LEAST_COMPUTE_CAPABILITY = 75;

  private final Forcing forcing;

  /** The backend that takes the tier that suits each pass. */
  public PtxBackend() {
    this(Forcing.NONE);
  }

  PtxBackend(Forcing forcing) {
    this.forcing = forcing;
  }

  /**
   * The backend that does every pass over batch statistics in one tier, and refuses what that tier
   * cannot do. For measuring and checking.
   */
  public static PtxBackend forced(Tier tier) {
    return new PtxBackend(Forcing.of(tier));
  }

  /** {@code ptx}, or {@code ptx-block} and so on where the tier is forced. */
  @Override
  public String name() {
    return NAME + forcing.suffix();
  }

  @Override
  public boolean onDevice() {
    return true;
  }

  @Override
  public Support available() {
    CudaProbe probe = CudaProbe.get();
    if (!probe.support().isYes()) {
      return probe.support();
    }
    return devices(probe).findAny().isPresent()
        ? Support.yes()
        : Support.no(
            "ptx: the kernels need compute capability 7.5 (Turing) or newer, got "
                + probe.devices()
                + "; use the cpu backend");
  }

  private static Stream<CudaDevice.Limits> devices(CudaProbe probe) {
    return probe.devices().stream()
        .map(CudaDevice::limits)
        .filter(limits -> limits.computeCapability() >= LEAST_COMPUTE_CAPABILITY);
  }

  @Override
  public Support supports(BatchNormSpec spec) {
    Support available = available();
    if (forcing.equals(Forcing.NONE) || !available.isYes()) {
      return available;
    }
    List<Support> answers =
        devices(CudaProbe.get()).map(limits -> TierTuning.supports(forcing, spec, limits)).toList();
    return answers.stream().filter(Support::isYes).findFirst().orElse(answers.get(0));
  }

  @Override
  public Plan plan(BatchNormSpec spec, PlanOptions options) {
    Support support = supports(spec);
    if (!support.isYes()) {
      throw new IllegalArgumentException(support.reason());
    }
    return new PtxPlan(spec, options, name(), forcing);
  }

  @Override
  public Memory memory(PlanOptions options) {
    return new CudaMemory(options);
  }
}
