package io.github.bn4j.backend.cpu;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.BackendContract;

/** The laws, with the kernels that this JVM has and a thread per processor. */
class CpuBackendTest extends BackendContract {
  private static final Backend BACKEND = new CpuBackend();

  @Override
  public Backend backend() {
    return BACKEND;
  }
}
