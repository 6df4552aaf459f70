package io.github.bn4j.io;

import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Folds a batch norm that normalizes with running statistics into the weights of the convolution or
 * linear layer before it:
 *
 * <pre>
 * factor[c] = gamma[c] / sqrt(variance[c] + epsilon)
 * weight'   = weight * factor[c]                            c is the weight's output channel
 * bias'[c]  = (bias[c] - mean[c]) * factor[c] + beta[c]
 * </pre>
 *
 * Computed in double and rounded once to the type of the weights and of the bias.
 */
public final class BatchNormFolding {
  /** Random inputs per output channel that the deviation is measured with. */
  private static final int TRIALS = 8;

  /** Any number does; fixed, so that a report can be repeated. */
  private static final long SEED = 1;

  /** Elements read at a time. */
  private static final int CHUNK = 4096;

  private final CheckpointLayer layer;
  private final double[] factor;
  private final double[] mean;
  private final double[] beta;

  /**
   * Prepares the factors of a batch norm.
   *
   * @param epsilon what the network adds to the variance, greater than 0
   * @throws IllegalArgumentException if a factor is not finite, as with a negative variance
   */
  public BatchNormFolding(CheckpointLayer layer, double epsilon) {
    if (!(epsilon > 0) || Double.isInfinite(epsilon)) {
      throw new IllegalArgumentException(
          "epsilon: expected a finite number > 0 (1e-5 is usual), got " + epsilon);
    }
    this.layer = layer;
    this.mean = layer.mean().values().toDoubles();
    this.beta = values(layer.shift(), 0);
    this.factor = values(layer.scale(), 1);
    for (int c = 0; c < factor.length; c++) {
      double variance = layer.variance().values().get(c);
      factor[c] /= Math.sqrt(variance + epsilon);
      if (!(variance >= 0) || !Double.isFinite(factor[c] + mean[c] + beta[c])) {
        throw new IllegalArgumentException(
            "layer \"%s\": expected finite statistics and parameters and a variance >= 0, got variance %s, mean %s in channel %d"
                .formatted(layer.label(), variance, mean[c], c));
      }
    }
  }

  private double[] values(@Nullable StoredTensor tensor, double absent) {
    if (tensor != null) {
      return tensor.values().toDoubles();
    }
    double[] values = new double[mean.length];
    Arrays.fill(values, absent);
    return values;
  }

  /**
   * What folding gives.
   *
   * @param weight in the sizes and type of the original
   * @param bias one element per output channel, in the type of the original, or of the weights if
   *     there was none
   */
  public record Folded(StoredTensor weight, StoredTensor bias, Deviation deviation) {}

  /**
   * How far the folded layer is from the two it replaces, because its weights are rounded.
   *
   * @param measured the largest difference of the outputs over all channels and 8 random inputs in
   *     [-1, 1] each, both computed in double
   * @param bound what the difference cannot exceed for inputs in [-1, 1]
   * @param largestOutput the largest output met, to compare with
   */
  public record Deviation(double measured, double bound, double largestOutput) {}

  /**
   * Folds into weights.
   *
   * @param weight floating-point weights
   * @param bias one element per output channel; null if the layer has none
   * @throws IllegalArgumentException if weights or bias do not go with the batch norm's channels,
   *     or a folded weight is not finite in their type
   */
  public Folded fold(StoredTensor weight, @Nullable StoredTensor bias, WeightLayout layout) {
    checkFloatingPoint("weight", weight);
    WeightLayout.ChannelOf channelOf = layout.channels(weight.shape(), factor.length);
    StoredTensor foldedBias = foldBias(weight, bias);
    Pass pass = new Pass(channelOf);
    HostTensor foldedWeight = pass.fold(weight.values());
    return new Folded(
        StoredTensor.of(foldedWeight, weight.shape()),
        foldedBias,
        pass.deviation(bias, foldedBias.values()));
  }

  private StoredTensor foldBias(StoredTensor weight, @Nullable StoredTensor bias) {
    if (bias != null) {
      checkFloatingPoint("bias", bias);
      if (bias.shape().length != 1 || bias.elements() != factor.length) {
        throw new IllegalArgumentException(
            "bias: expected %d elements (output channels), got %s".formatted(factor.length, bias));
      }
    }
    DataType type = (bias == null ? weight : bias).values().dataType();
    HostTensor folded = HostTensor.allocate(type, factor.length);
    for (int c = 0; c < factor.length; c++) {
      folded.set(c, shifted(bias, c));
      checkFinite(folded, c, c);
    }
    return StoredTensor.of(folded, factor.length);
  }

  private double shifted(@Nullable StoredTensor bias, int c) {
    double before = bias == null ? 0 : bias.values().get(c);
    return (before - mean[c]) * factor[c] + beta[c];
  }

  private static void checkFloatingPoint(String what, StoredTensor tensor) {
    DataType type = tensor.type().dataType();
    if (type == null || !type.isFloatingPoint()) {
      throw new IllegalArgumentException(
          what + ": expected F32, F64, F16 or BF16, got " + tensor.type());
    }
  }

  private void checkFinite(HostTensor folded, long index, int channel) {
    if (!Double.isFinite(folded.get(index))) {
      throw new IllegalArgumentException(
          "layer \"%s\": expected folded weights that are finite in %s, got %s in channel %d (factor %s); convert the weights to a wider type first"
              .formatted(
                  layer.label(),
                  folded.dataType().label(),
                  folded.get(index),
                  channel,
                  factor[channel]));
    }
  }

  /** One walk over the weights: folds, and sums what the deviation is made of. */
  private final class Pass {
    private final WeightLayout.ChannelOf channelOf;
    private final SplittableRandom random = new SplittableRandom(SEED);
    private final double[][] before = new double[TRIALS][factor.length];
    private final double[][] after = new double[TRIALS][factor.length];
    private final double[] rounding = new double[factor.length];

    private Pass(WeightLayout.ChannelOf channelOf) {
      this.channelOf = channelOf;
    }

    private HostTensor fold(HostTensor weight) {
      HostTensor folded = HostTensor.allocate(weight.dataType(), weight.elements());
      double[] chunk = new double[CHUNK];
      for (long from = 0; from < weight.elements(); from += CHUNK) {
        int count = (int) Math.min(CHUNK, weight.elements() - from);
        weight.read(from, chunk, 0, count);
        for (int i = 0; i < count; i++) {
          int c = channelOf.at(from + i);
          double exact = chunk[i] * factor[c];
          folded.set(from + i, exact);
          checkFinite(folded, from + i, c);
          sum(c, chunk[i], exact, folded.get(from + i));
        }
      }
      return folded;
    }

    private void sum(int c, double original, double exact, double stored) {
      rounding[c] += Math.abs(stored - exact);
      for (int trial = 0; trial < TRIALS; trial++) {
        double x = random.nextDouble(-1, 1);
        before[trial][c] += original * x;
        after[trial][c] += stored * x;
      }
    }

    private Deviation deviation(@Nullable StoredTensor bias, HostTensor foldedBias) {
      double measured = 0;
      double bound = 0;
      double largest = 0;
      for (int c = 0; c < factor.length; c++) {
        double shift = shifted(bias, c);
        bound = Math.max(bound, rounding[c] + Math.abs(foldedBias.get(c) - shift));
        for (int trial = 0; trial < TRIALS; trial++) {
          double expected = before[trial][c] * factor[c] + shift;
          double got = after[trial][c] + foldedBias.get(c);
          measured = Math.max(measured, Math.abs(got - expected));
          largest = Math.max(largest, Math.abs(expected));
        }
      }
      return new Deviation(measured, bound, largest);
    }
  }
}
