package io.github.bn4j.backend.ptx;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.BackendContract;
import io.github.bn4j.emulator.AlsoOnGpu;
import io.github.bn4j.emulator.EmulatedCuda;

/** The laws of all backends, with every pass forced into blocks that wait for each other. */
@AlsoOnGpu
@EmulatedCuda(computeCapability = 75)
final class PtxTierGridTest extends BackendContract {
  @Override
  public Backend backend() {
    return PtxBackend.forced(Tier.GRID);
  }
}
