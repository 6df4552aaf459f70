package io.github.bn4j.train.cpu;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.train.engine.Engine;
import io.github.bn4j.train.engine.EngineContract;

/** The engine for the CPU, with two threads. */
final class CpuEngineTest extends EngineContract {
  @Override
  protected Engine open() {
    return new CpuEngine(PlanOptions.DEFAULT.withThreads(2));
  }
}
