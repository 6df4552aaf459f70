package io.github.bn4j.backend.ptx;

import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.NonFinitePolicy;
import io.github.bn4j.op.SingleValuePolicy;
import io.github.bn4j.op.VarianceKind;

/** The fields {@code averageFactor} and {@code policy} of {@code Finish} in bn_arguments.cuh. */
final class FinishPolicy {
  static final long UNBIASED = 1;
  static final long SKIP_NON_FINITE = 2;
  static final long KEEP_SINGLE = 4;

  private FinishPolicy() {}

  static long of(BatchNormSpec spec) {
    BatchNormSpec.Policies policies = spec.policies();
    return (spec.varianceKind() == VarianceKind.UNBIASED ? UNBIASED : 0)
        + (policies.nonFinite() == NonFinitePolicy.SKIP_UPDATE ? SKIP_NON_FINITE : 0)
        + (policies.singleValue() == SingleValuePolicy.KEEP_RUNNING ? KEEP_SINGLE : 0);
  }

  /** Weight of the new value; NaN for a cumulative average. */
  static double averageFactor(BatchNormSpec spec) {
    return spec.averageFactor().isCumulative() ? Double.NaN : spec.averageFactor().at(1);
  }
}
