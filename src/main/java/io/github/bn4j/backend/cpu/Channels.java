package io.github.bn4j.backend.cpu;

import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.NonFinitePolicy;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SavedStatistics;
import io.github.bn4j.op.Tensor;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The per-channel side of a call, in double: merges the slices' partial sums in their order, writes
 * statistics and parameter gradients, and derives the coefficients of the element-wise pass.
 */
final class Channels {
  final double[] center;
  final double[] scale;
  final double[] shift;
  final double[] slope;
  final double[] offset;

  private final BatchNormSpec spec;
  private final int slices;
  private final Rounding rounding;
  private final double[] first;
  private final double[] second;
  private final AtomicLong skipped = new AtomicLong();
  private @Nullable HostTensor gamma;
  private @Nullable HostTensor beta;
  private @Nullable RunningStatistics running;
  private @Nullable SavedStatistics saved;
  private @Nullable HostTensor dGamma;
  private @Nullable HostTensor dBeta;
  private double averageFactor;

  /** Rounds to the accumulation type. */
  interface Rounding {
    double round(double value);
  }

  Channels(BatchNormSpec spec, int slices, Rounding rounding) {
    int channels = Math.toIntExact(spec.shape().channels());
    this.spec = spec;
    this.slices = slices;
    this.rounding = rounding;
    this.center = new double[channels];
    this.scale = new double[channels];
    this.shift = new double[channels];
    this.slope = new double[channels];
    this.offset = new double[channels];
    this.first = new double[Math.multiplyExact(channels, slices)];
    this.second = new double[channels * slices];
  }

  /** Starts a forward pass: counts the batch, and reads running statistics where they are used. */
  void begin(ForwardTensors t) {
    gamma = host(t.gamma());
    beta = host(t.beta());
    running = t.running();
    saved = t.saved();
    if (spec.updatesRunningStatistics() && running != null) {
      HostTensor batches = host(running.batches());
      long number = batches == null ? 1 : batches.getLong(0) + 1;
      if (batches != null) {
        batches.setLong(0, number);
      }
      averageFactor = spec.averageFactor().at(number);
    }
    if (!spec.usesBatchStatistics()) {
      useRunning();
    }
  }

  /** Starts a backward pass: what normalized the forward pass is known. */
  void begin(BackwardTensors t) {
    gamma = host(t.inputs().gamma());
    beta = host(t.inputs().beta());
    running = t.inputs().running();
    saved = t.inputs().saved();
    dGamma = host(t.dGamma());
    dBeta = host(t.dBeta());
    if (!spec.usesBatchStatistics()) {
      useRunning();
      return;
    }
    SavedStatistics from = Objects.requireNonNull(saved);
    for (int c = 0; c < center.length; c++) {
      coefficients(c, at(from.mean(), c), at(from.invStd(), c));
    }
  }

  private void useRunning() {
    RunningStatistics from = Objects.requireNonNull(running);
    for (int c = 0; c < center.length; c++) {
      double invStd = 1 / Math.sqrt(at(from.variance(), c) + spec.epsilon());
      coefficients(c, at(from.mean(), c), invStd);
    }
  }

  private void coefficients(int c, double mean, double invStd) {
    double rounded = rounding.round(mean);
    center[c] = rounded;
    scale[c] = (gamma == null ? 1 : gamma.get(c)) * invStd;
    double shiftOfBeta = beta == null ? 0 : beta.get(c);
    // The mean's rest is put into the shift, unless the mean is infinite.
    shift[c] = mean == rounded ? shiftOfBeta : shiftOfBeta - (mean - rounded) * scale[c];
  }

  /**
   * Leaves what a slice adds to a channel: mean and sum of squared deviations in a forward pass,
   * sums of dz and of {@code dz * (x - center)} in a backward pass.
   */
  void put(int slice, int c, double one, double other) {
    first[slice * center.length + c] = one;
    second[slice * center.length + c] = other;
  }

  /** The mean that was left for a slice of a channel. */
  double sliceMean(int slice, int c) {
    return first[slice * center.length + c];
  }

  /**
   * Merges the moments of a channel, writes its statistics, and derives its coefficients.
   *
   * @param counts values of each slice
   * @param moments scratch of this thread
   */
  void finishForward(int c, SliceCounts counts, MomentSum moments) {
    moments.clear();
    for (int s = 0; s < slices; s++) {
      moments.add(counts.of(s), first[s * center.length + c], second[s * center.length + c]);
    }
    double mean = moments.mean();
    double variance = moments.m2() / moments.count();
    double invStd = 1 / Math.sqrt(variance + spec.epsilon());
    coefficients(c, mean, invStd);
    if (saved != null) {
      ((HostTensor) saved.mean()).set(c, mean);
      ((HostTensor) saved.invStd()).set(c, invStd);
    }
    if (spec.updatesRunningStatistics()) {
      update(c, mean, variance);
    }
  }

  /** Values per channel of each slice. */
  interface SliceCounts {
    long of(int slice);
  }

  private void update(int c, double mean, double variance) {
    if (spec.policies().nonFinite() == NonFinitePolicy.SKIP_UPDATE
        && !(Double.isFinite(mean) && Double.isFinite(variance))) {
      skipped.incrementAndGet();
      return;
    }
    RunningStatistics into = Objects.requireNonNull(running);
    average((HostTensor) into.mean(), c, mean);
    average((HostTensor) into.variance(), c, variance * spec.varianceCorrection());
  }

  private void average(HostTensor into, int c, double value) {
    into.set(c, (1 - averageFactor) * into.get(c) + averageFactor * value);
  }

  /** Sums the slices of a channel, writes the parameters' gradients, and derives dx's terms. */
  void finishBackward(int c) {
    double sum = 0;
    double product = 0;
    for (int s = 0; s < slices; s++) {
      sum += first[s * center.length + c];
      product += second[s * center.length + c];
    }
    double invStd = invStd(c);
    if (dBeta != null) {
      dBeta.set(c, sum);
    }
    if (dGamma != null) {
      dGamma.set(c, product * invStd);
    }
    double m = spec.shape().valuesPerChannel();
    offset[c] = -scale[c] * (sum / m);
    slope[c] = -scale[c] * invStd * (product / m * invStd);
  }

  private double invStd(int c) {
    return spec.usesBatchStatistics()
        ? at(Objects.requireNonNull(saved).invStd(), c)
        : 1 / Math.sqrt(at(Objects.requireNonNull(running).variance(), c) + spec.epsilon());
  }

  /** Copies a channel's coefficients to where run kernels read them. */
  void load(int c, RunCoefficients into) {
    into.center = center[c];
    into.scale = scale[c];
    into.shift = shift[c];
    into.slope = slope[c];
    into.offset = offset[c];
  }

  long skippedUpdates() {
    return skipped.get();
  }

  /** Forgets the caller's tensors. */
  void end() {
    gamma = null;
    beta = null;
    running = null;
    saved = null;
    dGamma = null;
    dBeta = null;
  }

  private static double at(Tensor tensor, int c) {
    return ((HostTensor) tensor).get(c);
  }

  private static @Nullable HostTensor host(@Nullable Tensor tensor) {
    return (HostTensor) tensor;
  }
}
