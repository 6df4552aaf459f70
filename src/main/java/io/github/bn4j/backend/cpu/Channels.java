package io.github.bn4j.backend.cpu;

import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.NonFinitePolicy;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SavedStatistics;
import io.github.bn4j.op.Tensor;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The per-channel side of a call, in double: merges the slices' partial sums in their order, and
 * derives statistics, parameter gradients and the coefficients of the element-wise pass.
 *
 * <p>The caller's tensors are read as a whole when a call begins and written when it ends: one
 * element at a time, they would cost more than the arithmetic.
 */
final class Channels {
  final double[] center;
  final double[] scale;
  final double[] shift;
  final double[] slope;
  final double[] offset;

  /** A value near each channel's, its first one: means of slices are left relative to it. */
  final double[] pilot;

  /** What each slice left: slice by slice, one number per channel. */
  final double[] first;

  /** The other number that each slice left. */
  final double[] second;

  private final BatchNormSpec spec;
  private final int slices;
  private final boolean wide;
  private final double[] gamma;
  private final double[] beta;
  private final double[] runningMean;
  private final double[] runningVariance;
  private final double[] mean;
  private final double[] invStd;
  private final double[] rise;
  private final double[] variance;
  private final double[] dGamma;
  private final double[] dBeta;
  private final AtomicLong skipped = new AtomicLong();
  private double averageFactor;

  Channels(BatchNormSpec spec, int slices) {
    int channels = Math.toIntExact(spec.shape().channels());
    this.spec = spec;
    this.slices = slices;
    this.wide = spec.dataType() == DataType.F64;
    this.center = new double[channels];
    this.scale = new double[channels];
    this.shift = new double[channels];
    this.slope = new double[channels];
    this.offset = new double[channels];
    this.pilot = new double[channels];
    this.first = new double[Math.multiplyExact(channels, slices)];
    this.second = new double[channels * slices];
    this.gamma = new double[channels];
    this.beta = new double[channels];
    this.runningMean = new double[channels];
    this.runningVariance = new double[channels];
    this.mean = new double[channels];
    this.invStd = new double[channels];
    this.rise = new double[channels];
    this.variance = new double[channels];
    this.dGamma = new double[channels];
    this.dBeta = new double[channels];
  }

  int count() {
    return center.length;
  }

  /** Starts a forward pass: counts the batch, and reads the parameters. */
  void begin(ForwardTensors t) {
    read(t.gamma(), gamma, 1);
    read(t.beta(), beta, 0);
    RunningStatistics running = t.running();
    if (running != null && spec.tracksRunningStatistics()) {
      read(running.mean(), runningMean, 0);
      read(running.variance(), runningVariance, 1);
    }
    if (spec.updatesRunningStatistics()) {
      Tensor batches = Objects.requireNonNull(running).batches();
      long number = batches == null ? 1 : ((HostTensor) batches).getLong(0) + 1;
      if (batches != null) {
        ((HostTensor) batches).setLong(0, number);
      }
      averageFactor = spec.averageFactor().at(number);
    }
    if (!spec.usesBatchStatistics()) {
      useRunning();
    }
  }

  /** Ends a forward pass: writes the statistics. */
  void end(ForwardTensors t) {
    SavedStatistics saved = t.saved();
    if (saved != null && spec.mode() == Mode.TRAINING) {
      write(mean, saved.mean());
      write(invStd, saved.invStd());
    }
    if (spec.updatesRunningStatistics()) {
      RunningStatistics running = Objects.requireNonNull(t.running());
      write(runningMean, running.mean());
      write(runningVariance, running.variance());
    }
  }

  /** Starts a backward pass: what normalized the forward pass is known. */
  void begin(BackwardTensors t) {
    read(t.inputs().gamma(), gamma, 1);
    read(t.inputs().beta(), beta, 0);
    if (!spec.usesBatchStatistics()) {
      RunningStatistics running = Objects.requireNonNull(t.inputs().running());
      read(running.mean(), runningMean, 0);
      read(running.variance(), runningVariance, 1);
      useRunning();
      return;
    }
    SavedStatistics saved = Objects.requireNonNull(t.inputs().saved());
    read(saved.mean(), mean, 0);
    read(saved.invStd(), invStd, 1);
    coefficients(0, center.length);
  }

  /** Ends a backward pass: writes the parameters' gradients. */
  void end(BackwardTensors t) {
    write(dGamma, t.dGamma());
    write(dBeta, t.dBeta());
  }

  private void useRunning() {
    double epsilon = spec.epsilon();
    for (int c = 0; c < center.length; c++) {
      mean[c] = runningMean[c];
      invStd[c] = 1 / Math.sqrt(runningVariance[c] + epsilon);
    }
    coefficients(0, center.length);
  }

  /** For means that were rounded to the accumulation type before, or shall be used as they are. */
  private void coefficients(int from, int to) {
    for (int c = from; c < to; c++) {
      scale[c] = gamma[c] * invStd[c];
      shift[c] = beta[c];
    }
    for (int c = from; c < to; c++) {
      center[c] = wide ? mean[c] : (float) mean[c];
    }
  }

  /**
   * Leaves what a slice adds to a channel: mean less the pilot and sum of squared deviations in a
   * forward pass, sums of dz and of {@code dz * (x - center)} in a backward pass.
   */
  void put(int slice, int c, double one, double other) {
    first[at(slice, c)] = one;
    second[at(slice, c)] = other;
  }

  /** Index in first and second of what a slice leaves for a channel. */
  int at(int slice, int c) {
    return slice * center.length + c;
  }

  /** Values per channel of each slice. */
  interface SliceCounts {
    long of(int slice);
  }

  /**
   * Merges the moments of channels, and derives their coefficients and statistics; in one loop per
   * step, since short loops run in vectors.
   *
   * @param counts values of each slice
   * @param moments scratch of this thread
   */
  void finishForward(int from, int to, SliceCounts counts, MomentSum moments) {
    merge(from, to, counts, moments);
    double epsilon = spec.epsilon();
    for (int c = from; c < to; c++) {
      mean[c] = pilot[c] + rise[c];
      invStd[c] = 1 / Math.sqrt(variance[c] + epsilon);
    }
    coefficients(from, to);
    for (int c = from; c < to; c++) {
      double rest = pilot[c] - center[c] + rise[c];
      if (Double.isFinite(rest)) {
        shift[c] -= rest * scale[c];
      }
    }
    if (spec.updatesRunningStatistics()) {
      update(from, to);
    }
  }

  /** Finds each channel's mean less its pilot, and variance. */
  private void merge(int from, int to, SliceCounts counts, MomentSum moments) {
    double total = counts.of(0);
    System.arraycopy(first, from, rise, from, to - from);
    System.arraycopy(second, from, variance, from, to - from);
    for (int s = 1; s < slices; s++) {
      double count = counts.of(s);
      total += count;
      chain(from, to, s, count / total, total - count);
    }
    for (int c = from; c < to; c++) {
      if (Double.isFinite(rise[c])) {
        variance[c] /= total;
      } else {
        mergeInfinite(c, counts, moments);
      }
    }
  }

  /** Chan's formula for a slice and those before it, all channels in one loop. */
  private void chain(int from, int to, int slice, double share, double before) {
    int shift = slice * center.length;
    for (int c = from; c < to; c++) {
      double delta = first[c + shift] - rise[c];
      variance[c] += second[c + shift] + delta * delta * share * before;
      rise[c] += delta * share;
    }
  }

  private void mergeInfinite(int c, SliceCounts counts, MomentSum moments) {
    moments.clear();
    for (int s = 0; s < slices; s++) {
      moments.add(counts.of(s), first[at(s, c)], second[at(s, c)]);
    }
    rise[c] = moments.mean();
    variance[c] = moments.m2() / moments.count();
  }

  private void update(int from, int to) {
    boolean skips = spec.policies().nonFinite() == NonFinitePolicy.SKIP_UPDATE;
    double correction = spec.varianceCorrection();
    for (int c = from; c < to; c++) {
      if (skips && !(Double.isFinite(mean[c]) && Double.isFinite(variance[c]))) {
        skipped.incrementAndGet();
        continue;
      }
      double stored = variance[c] * correction;
      runningMean[c] = (1 - averageFactor) * runningMean[c] + averageFactor * mean[c];
      runningVariance[c] = (1 - averageFactor) * runningVariance[c] + averageFactor * stored;
    }
  }

  /** Sums the slices of channels, and derives the parameters' gradients and dx's terms. */
  void finishBackward(int from, int to) {
    double m = spec.shape().valuesPerChannel();
    for (int c = from; c < to; c++) {
      double sum = 0;
      double product = 0;
      for (int s = 0; s < slices; s++) {
        sum += first[at(s, c)];
        product += second[at(s, c)];
      }
      dBeta[c] = sum;
      dGamma[c] = product * invStd[c];
      offset[c] = -scale[c] * (sum / m);
      slope[c] = -scale[c] * invStd[c] * (product / m * invStd[c]);
    }
  }

  long skippedUpdates() {
    return skipped.get();
  }

  private static void read(@Nullable Tensor from, double[] into, double otherwise) {
    if (from == null) {
      Arrays.fill(into, otherwise);
    } else {
      ((HostTensor) from).read(0, into, 0, into.length);
    }
  }

  private static void write(double[] from, @Nullable Tensor into) {
    if (into != null) {
      ((HostTensor) into).write(0, from, 0, from.length);
    }
  }
}
