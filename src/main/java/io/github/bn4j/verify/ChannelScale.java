package io.github.bn4j.verify;

import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.HostTensor;
import org.jspecify.annotations.Nullable;

/**
 * How large the numbers of one channel are: what the errors of computing it are proportional to.
 * Values that are not finite are left out of all but mean and variance.
 *
 * @param normalization statistics that normalize, and parameters
 * @param constant true if all values of x are equal
 * @param x largest {@code |x|}
 * @param xHat largest {@code |xHat|}
 * @param residual largest {@code |residual|}
 * @param gradient sizes of what concerns dy
 */
record ChannelScale(
    Normalization normalization,
    boolean constant,
    double x,
    double xHat,
    double residual,
    Gradient gradient) {

  /** Statistics that normalize, and parameters; formula symbols. */
  record Normalization(double mean, double variance, double invStd, double gamma, double beta) {}

  /**
   * Sizes of what concerns dy, which is taken unmasked.
   *
   * @param dy largest {@code |dy|}
   * @param sumDy sum of {@code |dy|}
   * @param sumDyXHat sum of {@code |dy * xHat|}
   */
  record Gradient(double dy, double sumDy, double sumDyXHat) {}

  /** Measures every channel. */
  static ChannelScale[] of(BatchNormSpec spec, CaseInputs inputs) {
    Channels at = new Channels(spec);
    ChannelScale[] scales = new ChannelScale[Math.toIntExact(at.count())];
    for (int c = 0; c < scales.length; c++) {
      scales[c] = of(spec, inputs, at, c);
    }
    return scales;
  }

  private static ChannelScale of(BatchNormSpec spec, CaseInputs inputs, Channels at, int c) {
    Normalization n = normalization(spec, inputs, at, c);
    boolean constant = true;
    double x = 0;
    double xHat = 0;
    double residual = 0;
    double dy = 0;
    double sumDy = 0;
    double sumDyXHat = 0;
    for (long i = 0; i < at.values(); i++) {
      long index = at.index(c, i);
      double value = inputs.x().get(index);
      double hat = finite((value - n.mean) * n.invStd);
      double gradient = finite(inputs.dy().get(index));
      constant &= value == inputs.x().get(at.index(c, 0));
      x = Math.max(x, finite(value));
      xHat = Math.max(xHat, hat);
      residual = Math.max(residual, finite(get(inputs.residual(), index, 0)));
      dy = Math.max(dy, gradient);
      sumDy += gradient;
      sumDyXHat += gradient * hat;
    }
    Gradient gradient = new Gradient(dy, sumDy, sumDyXHat);
    return new ChannelScale(n, constant, x, xHat, residual, gradient);
  }

  private static Normalization normalization(
      BatchNormSpec spec, CaseInputs inputs, Channels at, int c) {
    double mean = get(inputs.runningMean(), c, 0);
    double variance = get(inputs.runningVariance(), c, 0);
    if (spec.usesBatchStatistics()) {
      mean = 0;
      for (long i = 0; i < at.values(); i++) {
        mean += inputs.x().get(at.index(c, i)) / at.values();
      }
      variance = 0;
      for (long i = 0; i < at.values(); i++) {
        double deviation = inputs.x().get(at.index(c, i)) - mean;
        variance += deviation * deviation / at.values();
      }
    }
    double invStd = 1 / Math.sqrt(variance + spec.epsilon());
    return new Normalization(
        mean, variance, invStd, get(inputs.gamma(), c, 1), get(inputs.beta(), c, 0));
  }

  private static double get(@Nullable HostTensor tensor, long at, double absent) {
    return tensor == null ? absent : tensor.get(at);
  }

  private static double finite(double value) {
    return Double.isFinite(value) ? Math.abs(value) : 0;
  }
}
