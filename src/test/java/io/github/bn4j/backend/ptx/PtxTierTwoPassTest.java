package io.github.bn4j.backend.ptx;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.BackendContract;
import io.github.bn4j.emulator.AlsoOnGpu;
import io.github.bn4j.emulator.EmulatedCuda;

/** The laws of all backends, with every pass over batch statistics in two passes. */
@AlsoOnGpu
@EmulatedCuda
final class PtxTierTwoPassTest extends BackendContract {
  @Override
  public Backend backend() {
    return PtxBackend.forced(Tier.TWO_PASS);
  }
}
