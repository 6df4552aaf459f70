package io.github.bn4j.backend.ptx;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.Support;
import io.github.bn4j.cuda.CudaMemory;
import io.github.bn4j.cuda.CudaProbe;
import io.github.bn4j.op.BatchNormSpec;

/**
 * Our own kernels on NVIDIA GPUs of compute capability 7.5 and newer; needs the driver only.
 * Supports every spec.
 */
public final class PtxBackend implements Backend {
  /** The name on the command line and in reports. */
  public static final String NAME = "ptx";

  /** The target that the PTX is made for; the driver compiles it for every newer device. */
  static final int LEAST_COMPUTE_CAPABILITY = 75;

  @Override
  public String name() {
    return NAME;
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
    boolean any =
        probe.devices().stream()
            .anyMatch(d -> d.limits().computeCapability() >= LEAST_COMPUTE_CAPABILITY);
    return any
        ? Support.yes()
        : Support.no(
            "ptx: the kernels need compute capability 7.5 (Turing) or newer, got "
                + probe.devices()
                + "; use the cpu backend");
  }

  @Override
  public Support supports(BatchNormSpec spec) {
    return available();
  }

  @Override
  public Plan plan(BatchNormSpec spec, PlanOptions options) {
    Support support = supports(spec);
    if (!support.isYes()) {
      throw new IllegalArgumentException(support.reason());
    }
    return new PtxPlan(spec, options);
  }

  @Override
  public Memory memory(PlanOptions options) {
    return new CudaMemory(options);
  }
}
