package io.github.bn4j.backend.ptx;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.BackendContract;
import io.github.bn4j.emulator.RequiresGpu;

/** The laws, for our kernels on a real device. */
@RequiresGpu
final class PtxOnGpuTest extends BackendContract {
  @Override
  public Backend backend() {
    return new PtxBackend();
  }
}
