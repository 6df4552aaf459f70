package io.github.bn4j.bench;

import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Mode;
import java.util.Arrays;
import java.util.stream.Collectors;

/** A pass that can be measured. */
public enum BenchmarkOp {
  /** Normalizes with batch statistics. */
  FORWARD_TRAINING("forward-training", Mode.TRAINING, 2),
  /** Normalizes with running statistics. */
  FORWARD_INFERENCE("forward-inference", Mode.INFERENCE, 2),
  /** Gradients of TRAINING. */
  BACKWARD("backward", Mode.TRAINING, 3),
  /** Gradients of FROZEN. */
  BACKWARD_FROZEN("backward-frozen", Mode.FROZEN, 3);

  private final String label;
  private final Mode mode;
  private final int tensors;

  BenchmarkOp(String label, Mode mode, int tensors) {
    this.label = label;
    this.mode = mode;
    this.tensors = tensors;
  }

  /** The name used on the command line and in reports. */
  public String label() {
    return label;
  }

  /** The mode of the spec that is planned. */
  public Mode mode() {
    return mode;
  }

  /** True for the two backward passes. */
  public boolean isBackward() {
    return tensors == 3;
  }

  /** Bytes that have to be read or written even if every channel stays on chip. */
  public long floorBytes(BatchNormSpec spec) {
    long all = Math.multiplyExact(spec.shape().elements(), spec.dataType().bytes());
    return Math.multiplyExact(all, tensors + (spec.hasResidual() ? 1 : 0));
  }

  /**
   * The pass with this name; {@code backward-inference} is another name of backward-frozen.
   *
   * @throws IllegalArgumentException for an unknown name
   */
  public static BenchmarkOp of(String name) {
    String known = name.equals("backward-inference") ? BACKWARD_FROZEN.label : name;
    return Arrays.stream(values())
        .filter(op -> op.label.equals(known))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "op: expected one of "
                        + Arrays.stream(values())
                            .map(BenchmarkOp::label)
                            .collect(Collectors.joining(", "))
                        + ", got "
                        + name));
  }
}
