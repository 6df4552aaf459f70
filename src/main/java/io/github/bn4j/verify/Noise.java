package io.github.bn4j.verify;

import java.util.SplittableRandom;

/**
 * Reproducible random numbers: the same seed gives the same bits on every machine, since only exact
 * operations are used.
 */
final class Noise {
  /** A sum of so many uniform numbers is close enough to a bell, and has bounded tails. */
  private static final int UNIFORMS = 4;

  /** Makes the variance of the sum 1: a uniform number has variance 1 / 12. */
  private static final double SCALE = 1.7320508075688772;

  private final SplittableRandom random;

  Noise(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /** Mean 0, variance 1, at most 3.47 in size. */
  double unit() {
    double sum = 0;
    for (int i = 0; i < UNIFORMS; i++) {
      sum += random.nextDouble() - 0.5;
    }
    return sum * SCALE;
  }

  /** Uniform between two numbers. */
  double between(double low, double high) {
    return low + (high - low) * random.nextDouble();
  }
}
