package io.github.bn4j.bench;

/** The geometric mean of positive values with weights: exp(sum(w ln v) / sum(w)). */
final class Geometric {
  private double logs;
  private double weights;

  void add(double value, double weight) {
    logs += weight * Math.log(value);
    weights += weight;
  }

  /** NaN if nothing was added. */
  double mean() {
    return Math.exp(logs / weights);
  }
}
