package io.github.bn4j.backend.cpu;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.BackendContract;
import io.github.bn4j.backend.PlanOptions;

/** The laws, with plain loops and three threads. */
class CpuPlainBackendTest extends BackendContract {
  private static final Backend BACKEND = CpuBackend.plain();

  @Override
  public Backend backend() {
    return BACKEND;
  }

  @Override
  public PlanOptions options() {
    return PlanOptions.DEFAULT.withThreads(3);
  }
}
