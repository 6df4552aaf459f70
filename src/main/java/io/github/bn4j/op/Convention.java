package io.github.bn4j.op;

import java.util.Locale;
import java.util.OptionalDouble;

/**
 * A framework's meaning of momentum, its defaults, and which variance it stores.
 *
 * <p>A convention is only a preset of {@link AverageFactor}, {@link VarianceKind} and epsilon: the
 * result is the same on every backend. Checkpoint names are in {@code io.CheckpointNames}.
 */
public enum Convention {
  /** PyTorch: momentum is the weight of the new value; a momentum of "none" is cumulative. */
  PYTORCH(true, 0.1, 1e-5, VarianceKind.UNBIASED),
  /** cuDNN's exponentialAverageFactor; the caller gives it and epsilon. */
  CUDNN(true, Double.NaN, Double.NaN, VarianceKind.UNBIASED),
  /** TensorFlow's fused batch norm; the caller gives factor and epsilon. */
  TF_FUSED(true, Double.NaN, Double.NaN, VarianceKind.UNBIASED),
  /** Keras: momentum is the weight of the old value. */
  KERAS(false, 0.99, 1e-3, VarianceKind.POPULATION),
  /** ONNX BatchNormalization, opset 14 and later: momentum is the weight of the old value. */
  ONNX(false, 0.9, 1e-5, VarianceKind.POPULATION),
  /** Flax: momentum is the weight of the old value. */
  FLAX(false, 0.99, 1e-5, VarianceKind.POPULATION);

  private final boolean momentumIsWeightOfNew;
  private final double momentum;
  private final double epsilon;
  private final VarianceKind varianceKind;

  Convention(
      boolean momentumIsWeightOfNew, double momentum, double epsilon, VarianceKind varianceKind) {
    this.momentumIsWeightOfNew = momentumIsWeightOfNew;
    this.momentum = momentum;
    this.epsilon = epsilon;
    this.varianceKind = varianceKind;
  }

  /**
   * The framework's default momentum in its own meaning; empty where the caller has to give one.
   */
  public OptionalDouble defaultMomentum() {
    return Double.isNaN(momentum) ? OptionalDouble.empty() : OptionalDouble.of(momentum);
  }

  /** The framework's default epsilon; empty where the caller has to give one. */
  public OptionalDouble defaultEpsilon() {
    return Double.isNaN(epsilon) ? OptionalDouble.empty() : OptionalDouble.of(epsilon);
  }

  /** Which variance the running variance stores. */
  public VarianceKind varianceKind() {
    return varianceKind;
  }

  /**
   * True where momentum weighs the new value (PyTorch), false where it weighs the old one (Keras).
   */
  public boolean momentumIsWeightOfNew() {
    return momentumIsWeightOfNew;
  }

  /**
   * Translates this framework's momentum into the weight of the new value.
   *
   * @throws IllegalArgumentException unless {@code 0 <= momentum <= 1}
   */
  public AverageFactor averageFactor(double momentum) {
    if (!(momentum >= 0 && momentum <= 1)) {
      throw new IllegalArgumentException(
          "momentum: expected a number in [0, 1], got "
              + momentum
              + (momentumIsWeightOfNew ? " (weight of the new value" : " (weight of the old value")
              + " in the convention "
              + label()
              + ")");
    }
    return AverageFactor.of(momentumIsWeightOfNew ? momentum : 1 - momentum);
  }

  /** The name used on the command line: {@code pytorch}, {@code keras}, ... */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
