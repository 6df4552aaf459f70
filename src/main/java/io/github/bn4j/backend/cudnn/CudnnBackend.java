package io.github.bn4j.backend.cudnn;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.Support;
import io.github.bn4j.cuda.CudaMemory;
import io.github.bn4j.cuda.CudaProbe;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;

/** Batch norm by cuDNN 9, where it is installed; see the package's page. */
public final class CudnnBackend implements Backend {
  /** Name of the backend that uses cuDNN's SPATIAL mode. */
  public static final String NAME = "cudnn";

  /** Name of the backend that uses cuDNN's SPATIAL_PERSISTENT mode. */
  public static final String PERSISTENT_NAME = "cudnn-persistent";

  /** System property that names the folder of the library; no other is looked at then. */
  public static final String DIRECTORY_PROPERTY = CudnnPlaces.PROPERTY;

  private final boolean persistent;

  private CudnnBackend(boolean persistent) {
    this.persistent = persistent;
  }

  /** The backend that is safe for every input: SPATIAL and PER_ACTIVATION. */
  public static CudnnBackend spatial() {
    return new CudnnBackend(false);
  }

  /**
   * The backend for those who ask for it: SPATIAL_PERSISTENT, faster for some shapes, but f16 input
   * of large range may overflow.
   */
  public static CudnnBackend persistent() {
    return new CudnnBackend(true);
  }

  @Override
  public String name() {
    return persistent ? PERSISTENT_NAME : NAME;
  }

  @Override
  public boolean onDevice() {
    return true;
  }

  @Override
  public Support available() {
    Support cuda = CudaProbe.get().support();
    return cuda.isYes() ? CudnnLibrary.get().support() : cuda;
  }

  /** Version and place of the library, for reports; "none" where there is none. */
  public static String library() {
    return CudaProbe.get().support().isYes() ? CudnnLibrary.get().description() : "none";
  }

  @Override
  public Support supports(BatchNormSpec spec) {
    Support limits = CudnnLimits.supports(spec, persistent);
    Support support = limits.isYes() ? available() : limits;
    return support.isYes() && spec.dataType() == DataType.BF16
        ? CudnnBrainFloat.support()
        : support;
  }

  @Override
  public Plan plan(BatchNormSpec spec, PlanOptions options) {
    Support support = supports(spec);
    if (!support.isYes()) {
      throw new IllegalArgumentException(name() + ": " + spec.describe() + ": " + support.reason());
    }
    return CudnnPlan.make(spec, CudaStream.of(options), persistent);
  }

  @Override
  public Memory memory(PlanOptions options) {
    Support support = CudaProbe.get().support();
    if (!support.isYes()) {
      throw new IllegalStateException(support.reason());
    }
    return new CudaMemory(options);
  }
}
