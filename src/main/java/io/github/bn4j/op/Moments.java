package io.github.bn4j.op;

/**
 * Count, mean and sum of squared deviations of each channel, mergeable without loss: the one type
 * behind synchronized batch norm, gradient accumulation, ghost batches, masks and calibration over
 * a data set.
 *
 * <p>Merging is Chan's: with {@code d = meanB - meanA} and {@code n = nA + nB}, {@code mean = meanA
 * + d * nB / n} and {@code m2 = m2A + m2B + d^2 * nA * nB / n}. Source: Chan, Golub, LeVeque,
 * "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979.
 *
 * <p>Not thread-safe; {@link #merge} changes this object.
 */
public final class Moments {
  private final long[] count;
  private final double[] mean;
  private final double[] m2;

  /** No values yet, in so many channels. */
  public Moments(int channels) {
    this.count = new long[channels];
    this.mean = new double[channels];
    this.m2 = new double[channels];
  }

  /** Number of channels. */
  public int channels() {
    return count.length;
  }

  /** Values merged into a channel so far. */
  public long count(int channel) {
    return count[channel];
  }

  /** Mean of a channel; 0 while there are no values. */
  public double mean(int channel) {
    return mean[channel];
  }

  /** Sum of squared deviations from the mean. */
  public double m2(int channel) {
    return m2[channel];
  }

  /** Variance of a channel of the given kind; NaN without values, and for UNBIASED of one value. */
  public double variance(int channel, VarianceKind kind) {
    long divisor = kind == VarianceKind.UNBIASED ? count[channel] - 1 : count[channel];
    return divisor <= 0 ? Double.NaN : m2[channel] / divisor;
  }

  /**
   * Merges the moments of another set of values into one channel.
   *
   * @throws IllegalArgumentException if the count or m2 is negative
   */
  public void merge(int channel, long otherCount, double otherMean, double otherM2) {
    if (otherCount < 0 || otherM2 < 0) {
      throw new IllegalArgumentException(
          "moments: expected count >= 0 and m2 >= 0, got " + otherCount + " and " + otherM2);
    }
    if (otherCount == 0) {
      return;
    }
    long total = Math.addExact(count[channel], otherCount);
    double delta = otherMean - mean[channel];
    double share = (double) otherCount / total;
    mean[channel] += delta * share;
    m2[channel] += otherM2 + delta * delta * share * count[channel];
    count[channel] = total;
  }

  /**
   * Merges all channels of another set of values.
   *
   * @throws IllegalArgumentException if the number of channels differs
   */
  public void merge(Moments other) {
    if (other.channels() != channels()) {
      throw new IllegalArgumentException(
          "moments: expected " + channels() + " channels, got " + other.channels());
    }
    for (int c = 0; c < channels(); c++) {
      merge(c, other.count[c], other.mean[c], other.m2[c]);
    }
  }
}
