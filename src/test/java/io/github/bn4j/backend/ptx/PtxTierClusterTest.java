package io.github.bn4j.backend.ptx;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.BackendContract;
import io.github.bn4j.emulator.AlsoOnGpu;
import io.github.bn4j.emulator.EmulatedCuda;

/** The laws of all backends, with every pass forced into clusters of blocks. */
@AlsoOnGpu
@EmulatedCuda
final class PtxTierClusterTest extends BackendContract {
  @Override
  public Backend backend() {
    return PtxBackend.forced(Tier.CLUSTER);
  }
}
