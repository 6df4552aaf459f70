package io.github.bn4j.backend.ptx;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.BackendContract;
import io.github.bn4j.emulator.EmulatedCuda;

/** The laws of all backends, on the emulated device: the real host code and the shipped PTX. */
@EmulatedCuda
final class PtxBackendTest extends BackendContract {
  @Override
  public Backend backend() {
    return new PtxBackend();
  }
}
