package io.github.bn4j.train.cuda;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.Support;
import io.github.bn4j.backend.cudnn.CudnnBackend;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.train.engine.Engine;
import io.github.bn4j.train.engine.EngineProvider;

/** The engine for NVIDIA GPUs; needs the driver and cuDNN 9. */
public final class CudaEngineProvider implements EngineProvider {
  /** Name of the engine. */
  public static final String NAME = "gpu";

  @Override
  public boolean onDevice() {
    return true;
  }

  @Override
  public Support available() {
    Support cudnn = CudnnBackend.spatial().available();
    return cudnn.isYes()
        ? cudnn
        : Support.no(
            NAME + " engine (convolutions by cuDNN, whatever normalizes): " + cudnn.reason());
  }

  @Override
  public Engine open(PlanOptions options) {
    Support support = available();
    if (!support.isYes()) {
      throw new IllegalArgumentException(support.reason());
    }
    return new CudaEngine(options.stream() == null ? null : CudaStream.of(options), options);
  }
}
