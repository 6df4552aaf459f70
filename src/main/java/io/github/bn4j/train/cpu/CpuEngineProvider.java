package io.github.bn4j.train.cpu;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.Support;
import io.github.bn4j.train.engine.Engine;
import io.github.bn4j.train.engine.EngineProvider;

/** The engine of every machine. */
public final class CpuEngineProvider implements EngineProvider {
  @Override
  public boolean onDevice() {
    return false;
  }

  @Override
  public Support available() {
    return Support.yes();
  }

  @Override
  public Engine open(PlanOptions options) {
    return new CpuEngine(options);
  }
}
