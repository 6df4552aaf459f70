package io.github.bn4j.backend.cpu;

/**
 * Count, mean and sum of squared deviations of one channel, merged as in op.Moments; reused, so
 * that merging allocates nothing.
 */
final class MomentSum {
  private long count;
  private double mean;
  private double m2;

  void clear() {
    count = 0;
    mean = 0;
    m2 = 0;
  }

  void add(long otherCount, double otherMean, double otherM2) {
    if (otherCount == 0) {
      return;
    }
    if (count == 0) {
      count = otherCount;
      mean = otherMean;
      m2 = otherM2;
      return;
    }
    double delta = otherMean - mean;
    double share = (double) otherCount / (count + otherCount);
    // With an infinite mean on one side the sum is infinite, where delta's products are NaN.
    mean = Double.isInfinite(delta) ? mean + otherMean : mean + delta * share;
    m2 += otherM2 + delta * delta * share * count;
    count += otherCount;
  }

  long count() {
    return count;
  }

  double mean() {
    return mean;
  }

  double m2() {
    return m2;
  }
}
