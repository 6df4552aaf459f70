package io.github.bn4j.verify;

import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Mode;
import io.github.bn4j.verify.ChannelScale.Normalization;

/**
 * How far a result may be from the reference: derived from the types, the number of values that are
 * summed, and the sizes of the numbers of each channel.
 *
 * <p>Symbols: {@code u} is the unit roundoff of the accumulation (2^-24, or 2^-53 for f64 data),
 * {@code r} that of the data type, {@code k} the growth of a sum, {@code A} the largest {@code
 * |x|}.
 *
 * <ul>
 *   <li><b>A sum of m terms</b> is off by {@code k u} times the sum of their sizes. Roundings are
 *       as often up as down, so a chain of m additions gathers some {@code sqrt(m)} of them, a tree
 *       fewer: {@code k = 8 + sqrt(m)}, the 8 for the operations around the sum. For f64 the
 *       reference has an error of the same size: {@code k} is doubled.
 *   <li><b>Batch mean</b>: {@code k u A}. <b>Batch variance</b>: {@code k u v} for its own sum and
 *       the square of the mean's error. <b>invStd</b>: half the relative error of {@code v +
 *       epsilon}, and 4 roundings for the sum, root, quotient and store.
 *   <li><b>xHat</b>: the mean's error times invStd, and the relative error of invStd. With
 *       statistics that are given, the mean is as good as its storage, {@code u |mean|}: 4
 *       roundings of {@code |xHat| + |mean| invStd}, which allows {@code x * a + b} with
 *       precomputed a and b.
 *   <li><b>y</b>: {@code |gamma|} times the error of xHat, 4 roundings in the accumulation type,
 *       and {@code 2 r |y|}: result and reference are each rounded once to the data type. ReLU does
 *       not enlarge an error.
 *   <li><b>A constant channel</b> has mean and output without any error: exactly beta.
 *   <li><b>dBeta, dGamma</b>: sums as above; dGamma also has the error of xHat in each term.
 *   <li><b>dx</b>: each of its three terms, times {@code |gamma| invStd}; two roundings of storage.
 *   <li><b>dResidual</b> is a copy, or 0: no error.
 *   <li><b>Running statistics</b>: the error of the batch statistic in proportion to its weight,
 *       and 2 ulp for the update, the latter alone if the batch statistics are exact.
 * </ul>
 */
public final class Tolerance {
  /** Roundings in the few operations around a sum. */
  private static final double FEW = 4;

  private final BatchNormSpec spec;
  private final ChannelScale[] scales;
  private final Channels channels;
  private final double m;
  private final double u;
  private final double r;
  private final double k;

  Tolerance(BatchNormSpec spec, CaseInputs inputs) {
    this.spec = spec;
    this.scales = ChannelScale.of(spec, inputs);
    this.channels = new Channels(spec);
    this.m = Math.max(1, spec.shape().valuesPerChannel());
    this.u = unitRoundoff(spec.statisticsType());
    this.r = unitRoundoff(spec.dataType());
    this.k = growth(spec.statisticsType(), m);
  }

  /** Largest relative error of rounding to a type: half the spacing of numbers at 1. */
  public static double unitRoundoff(DataType type) {
    return switch (type) {
      case F32 -> 0x1p-24;
      case F64 -> 0x1p-53;
      case F16 -> 0x1p-11;
      case BF16 -> 0x1p-8;
      case I64, U8 -> 0;
    };
  }

  /** Below this size numbers lose digits, or are flushed to 0 by some devices. */
  static double tiny(DataType type) {
    return switch (type) {
      case F16 -> 0x1p-24; // subnormals are kept everywhere; this is their spacing
      case F64 -> Double.MIN_NORMAL;
      default -> Float.MIN_NORMAL; // that of bf16 too
    };
  }

  /** {@code k}: in units of {@code u}, the error of a sum of m terms relative to their sizes. */
  static double growth(DataType accumulation, double m) {
    return (8 + Math.sqrt(m)) * (accumulation == DataType.F64 ? 2 : 1);
  }

  /** The bound of a quantity, for a case whose batch statistics are not exact. */
  public Bound of(Quantity quantity) {
    double[] perChannel = new double[scales.length];
    for (int c = 0; c < scales.length; c++) {
      perChannel[c] = absolute(quantity, scales[c]);
    }
    return switch (quantity) {
      case BATCHES, SKIPPED, D_RESIDUAL -> Bound.EXACT;
      case Y -> (i, e) -> perChannel[channels.of(i)] + (isExact(i) ? 0 : 2 * r * Math.abs(e));
      case DX -> (i, e) -> perChannel[channels.of(i)] + 2 * r * Math.abs(e);
      case RUNNING_MEAN, RUNNING_VARIANCE -> {
        Bound update = ofUpdate();
        yield (c, e) -> perChannel[(int) c] + update.at(c, e);
      }
      case SAVED_MEAN, SAVED_INV_STD, D_GAMMA, D_BETA ->
          (c, e) -> perChannel[(int) c] + 2 * u * Math.abs(e);
    };
  }

  private double weightOfNew() {
    return spec.averageFactor().isCumulative() ? 1 : spec.averageFactor().at(1);
  }

  /** The bound of running statistics if the batch statistics are exact: 2 ulp. */
  public Bound ofUpdate() {
    return Bound.ulps(2, spec.statisticsType());
  }

  /**
   * Below this size of the pre-activation its sign is a matter of rounding, and whether ReLU passes
   * the gradient cannot be judged: twice the errors of computing it from batch statistics and of
   * recomputing it from stored ones, and what underflows.
   */
  double margin(long index) {
    ChannelScale s = scales[channels.of(index)];
    double recomputed = Math.abs(s.normalization().gamma()) * givenXHat(s);
    return 2 * (preActivation(s) + recomputed + tiny(spec.dataType()));
  }

  private boolean isExact(long index) {
    return isConstant(scales[channels.of(index)]) && !spec.hasResidual();
  }

  private boolean isConstant(ChannelScale s) {
    return spec.usesBatchStatistics() && s.constant();
  }

  private double absolute(Quantity quantity, ChannelScale s) {
    double a = weightOfNew();
    return switch (quantity) {
      case Y -> preActivation(s) + (isConstant(s) ? 0 : tiny(spec.dataType()));
      case SAVED_MEAN -> mean(s);
      case SAVED_INV_STD -> invStd(s) * s.normalization().invStd();
      case RUNNING_MEAN -> spec.updatesRunningStatistics() ? a * mean(s) : 0;
      case RUNNING_VARIANCE ->
          spec.updatesRunningStatistics() ? a * spec.varianceCorrection() * variance(s) : 0;
      case DX -> dx(s) + tiny(spec.dataType());
      case D_GAMMA -> dGamma(s);
      case D_BETA -> dBeta(s);
      case BATCHES, SKIPPED, D_RESIDUAL -> 0;
    };
  }

  private double mean(ChannelScale s) {
    return s.constant() ? 0 : k * u * s.x();
  }

  private double variance(ChannelScale s) {
    return k * u * s.normalization().variance() + mean(s) * mean(s);
  }

  /** Relative. */
  private double invStd(ChannelScale s) {
    return variance(s) / (s.normalization().variance() + spec.epsilon()) / 2 + FEW * u;
  }

  private double xHat(ChannelScale s) {
    if (!spec.usesBatchStatistics()) {
      return givenXHat(s);
    }
    return mean(s) * s.normalization().invStd() + s.xHat() * invStd(s);
  }

  private double givenXHat(ChannelScale s) {
    Normalization n = s.normalization();
    return FEW * u * (s.xHat() + Math.abs(n.mean()) * n.invStd());
  }

  private double preActivation(ChannelScale s) {
    double gamma = Math.abs(s.normalization().gamma());
    double beta = Math.abs(s.normalization().beta());
    if (isConstant(s)) {
      return spec.hasResidual() ? FEW * u * (beta + s.residual()) : 0;
    }
    return gamma * xHat(s) + FEW * u * (gamma * s.xHat() + beta + s.residual());
  }

  private double dBeta(ChannelScale s) {
    return k * u * s.gradient().sumDy();
  }

  private double dGamma(ChannelScale s) {
    return k * u * s.gradient().sumDyXHat() + givenXHat(s) * s.gradient().sumDy();
  }

  private double dx(ChannelScale s) {
    double error = FEW * u * s.gradient().dy();
    if (spec.mode() == Mode.TRAINING) {
      double meanDy = s.gradient().sumDy() / m;
      double meanDyXHat = s.gradient().sumDyXHat() / m;
      error += FEW * u * meanDy + dBeta(s) / m;
      error += (givenXHat(s) + FEW * u * s.xHat()) * meanDyXHat + s.xHat() * dGamma(s) / m;
    }
    return Math.abs(s.normalization().gamma()) * s.normalization().invStd() * error;
  }
}
