package io.github.bn4j.backend.reference;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.HostMemory;
import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.Support;
import io.github.bn4j.op.BatchNormSpec;

/** The plainest implementation, in double precision; supports everything, and is slow. */
public final class ReferenceBackend implements Backend {
  /** The name on the command line and in reports. */
  public static final String NAME = "reference";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Support available() {
    return Support.yes();
  }

  @Override
  public Support supports(BatchNormSpec spec) {
    return Support.yes();
  }

  @Override
  public Plan plan(BatchNormSpec spec, PlanOptions options) {
    return new ReferencePlan(spec);
  }

  @Override
  public Memory memory(PlanOptions options) {
    return new HostMemory();
  }
}
