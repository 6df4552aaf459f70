package io.github.bn4j.train.engine;

/**
 * How parameters follow their gradients. Formulas with {@code t}, the number of this update
 * counting from 1; factors are computed in double and rounded to float once per update.
 */
public sealed interface OptimizerSpec {
  /** Tensors that the optimizer keeps per parameter, each of the parameter's size. */
  int statesPerParameter();

  /** PyTorch's name of such a tensor, for checkpoints. */
  String stateName(int index);

  /** Name on the command line. */
  String name();

  /** Step size. */
  double learningRate();

  /**
   * Adam, as PyTorch computes it:
   *
   * <pre>
   * m     += (1 - beta1) * (g - m)
   * v      = beta2 * v + (1 - beta2) * g * g
   * value -= learningRate / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
   * </pre>
   *
   * <p>Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015.
   */
  record Adam(double learningRate, double beta1, double beta2, double epsilon)
      implements OptimizerSpec {
    /** Checks the ranges. */
    public Adam {
      checkRate(learningRate);
      if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1 && epsilon > 0)) {
        throw new IllegalArgumentException(
            "adam: expected betas in [0, 1) and epsilon > 0, got %s, %s, %s"
                .formatted(beta1, beta2, epsilon));
      }
    }

    /** PyTorch's defaults: betas 0.9 and 0.999, epsilon 1e-8. */
    public static Adam of(double learningRate) {
      return new Adam(learningRate, 0.9, 0.999, 1e-8);
    }

    @Override
    public int statesPerParameter() {
      return 2;
    }

    @Override
    public String stateName(int index) {
      return index == 0 ? "exp_avg" : "exp_avg_sq";
    }

    @Override
    public String name() {
      return "adam";
    }
  }

  /**
   * Stochastic gradient descent with momentum, as PyTorch computes it: {@code b = momentum * b +
   * g}, {@code value -= learningRate * b}.
   */
  record Sgd(double learningRate, double momentum) implements OptimizerSpec {
    /** Checks the ranges. */
    public Sgd {
      checkRate(learningRate);
      if (!(momentum >= 0 && momentum < 1)) {
        throw new IllegalArgumentException(
            "momentum: expected a number in [0, 1), got " + momentum);
      }
    }

    @Override
    public int statesPerParameter() {
      return 1;
    }

    @Override
    public String stateName(int index) {
      return "momentum_buffer";
    }

    @Override
    public String name() {
      return "sgd";
    }
  }

  private static void checkRate(double learningRate) {
    if (!(learningRate > 0) || Double.isInfinite(learningRate)) {
      throw new IllegalArgumentException(
          "learning rate: expected a finite number > 0, got " + learningRate);
    }
  }
}
