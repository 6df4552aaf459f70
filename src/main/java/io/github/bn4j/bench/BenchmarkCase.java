package io.github.bn4j.bench;

import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;

/**
 * A pass and the spec it is measured for.
 *
 * @param op the pass; the spec's mode is replaced by its mode
 * @param spec shape, layout, type and fused parts
 * @param goal what of it is measured
 * @param weight how often it occurs, for means over cases
 */
public record BenchmarkCase(BenchmarkOp op, BatchNormSpec spec, Goal goal, int weight) {
  /** What is measured. */
  public enum Goal {
    /** The time until the work is done. */
    TIME,
    /** What a call costs the caller's thread: on a device, the queueing of the work alone. */
    LAUNCH
  }

  /** Puts the pass's mode into the spec. */
  public BenchmarkCase {
    spec = spec.toBuilder().mode(op.mode()).build();
    if (weight < 1) {
      throw new IllegalArgumentException("weight: expected a number >= 1, got " + weight);
    }
  }

  /** The time of a pass that occurs once. */
  public BenchmarkCase(BenchmarkOp op, BatchNormSpec spec) {
    this(op, spec, Goal.TIME, 1);
  }

  /** This case with another weight. */
  public BenchmarkCase withWeight(int value) {
    return new BenchmarkCase(op, spec, goal, value);
  }

  /** The pass as reports name it: {@code backward}, {@code launch forward-training}. */
  public String opLabel() {
    return goal == Goal.LAUNCH ? "launch " + op.label() : op.label();
  }

  /** Bytes that cannot be avoided. */
  public long floorBytes() {
    return op.floorBytes(spec);
  }

  /** One line: {@code forward-training 32x64x56x56 nchw f32}. */
  public String describe() {
    return "%s %s %s %s%s"
        .formatted(
            opLabel(),
            spec.shape(),
            spec.layout().label(),
            spec.dataType().label(),
            spec.activation() == Activation.NONE ? "" : " relu");
  }
}
