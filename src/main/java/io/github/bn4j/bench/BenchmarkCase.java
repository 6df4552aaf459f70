package io.github.bn4j.bench;

import io.github.bn4j.op.BatchNormSpec;

/**
 * A pass and the spec it is measured for.
 *
 * @param op the pass; the spec's mode is replaced by its mode
 * @param spec shape, layout, type and fused parts
 */
public record BenchmarkCase(BenchmarkOp op, BatchNormSpec spec) {
  /** Puts the pass's mode into the spec. */
  public BenchmarkCase {
    spec = spec.toBuilder().mode(op.mode()).build();
  }

  /** One line: {@code forward-training 32x64x56x56 nchw f32}. */
  public String describe() {
    String all = spec.describe();
    return op.label() + all.substring(all.indexOf(' '));
  }
}
