package io.github.bn4j.backend.reference;

import io.github.bn4j.backend.Plan;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.AverageFactor;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Checks;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.NonFinitePolicy;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SavedStatistics;
import io.github.bn4j.op.Tensor;
import org.jspecify.annotations.Nullable;

/** One channel after the other, one element after the other. */
final class ReferencePlan implements Plan {
  private final BatchNormSpec spec;
  private final ChannelIndex index;
  private final long m;

  // Statistics and parameters of the channel at hand.
  private double mean;
  private double variance;
  private double invStd;
  private double scale;
  private double shift;

  private long skipped;
  private boolean closed;

  ReferencePlan(BatchNormSpec spec) {
    this.spec = spec;
    this.index = new ChannelIndex(spec);
    this.m = spec.shape().valuesPerChannel();
  }

  @Override
  public BatchNormSpec spec() {
    return spec;
  }

  @Override
  public String backend() {
    return ReferenceBackend.NAME;
  }

  /** One bit per element, in memory order, lowest bit first. */
  @Override
  public long reserveBytes() {
    return spec.activation() == Activation.NONE ? 0 : (spec.shape().elements() + 7) / 8;
  }

  @Override
  public void forward(ForwardTensors t) {
    checkOpen();
    Checks.forward(spec, t, Checks.HOST, reserveBytes());
    if (m == 0) {
      return;
    }
    double weight = spec.updatesRunningStatistics() ? advance(t.running()) : 0;
    for (long c = 0; c < spec.shape().channels(); c++) {
      setParameters(c, t.gamma(), t.beta());
      if (spec.usesBatchStatistics()) {
        setBatchStatistics(c, (HostTensor) t.x());
      } else {
        setRunningStatistics(c, t.running());
      }
      normalize(c, t);
      if (spec.mode() == Mode.TRAINING) {
        save(c, t.saved());
      }
      if (spec.updatesRunningStatistics()) {
        update(c, t.running(), weight);
      }
    }
  }

  @Override
  public void backward(BackwardTensors t) {
    checkOpen();
    Checks.backward(spec, t, Checks.HOST, reserveBytes());
    for (long c = 0; c < spec.shape().channels(); c++) {
      setParameters(c, t.inputs().gamma(), t.inputs().beta());
      if (spec.mode() == Mode.TRAINING) {
        setSavedStatistics(c, t.inputs().saved());
      } else {
        setRunningStatistics(c, t.inputs().running());
      }
      differentiate(c, t);
    }
  }

  /** Two passes; shifted by the first value, so that a constant channel has exactly its mean. */
  private void setBatchStatistics(long c, HostTensor x) {
    double first = x.get(index.of(c, 0));
    double sum = 0;
    for (long i = 0; i < m; i++) {
      sum += x.get(index.of(c, i)) - first;
    }
    mean = first + sum / m;
    double squares = 0;
    for (long i = 0; i < m; i++) {
      double deviation = x.get(index.of(c, i)) - mean;
      squares += deviation * deviation;
    }
    variance = squares / m;
    invStd = 1 / Math.sqrt(variance + spec.epsilon());
  }

  private void setRunningStatistics(long c, @Nullable RunningStatistics running) {
    mean = get(running == null ? null : running.mean(), c, 0);
    variance = get(running == null ? null : running.variance(), c, 1);
    invStd = 1 / Math.sqrt(variance + spec.epsilon());
  }

  private void setSavedStatistics(long c, @Nullable SavedStatistics saved) {
    mean = get(saved == null ? null : saved.mean(), c, 0);
    invStd = get(saved == null ? null : saved.invStd(), c, 1);
  }

  private void setParameters(long c, @Nullable Tensor gamma, @Nullable Tensor beta) {
    scale = get(gamma, c, 1);
    shift = get(beta, c, 0);
  }

  private void normalize(long c, ForwardTensors t) {
    HostTensor x = (HostTensor) t.x();
    HostTensor y = (HostTensor) t.y();
    boolean relu = spec.activation() == Activation.RELU;
    for (long i = 0; i < m; i++) {
      long at = index.of(c, i);
      double z = preActivation(x.get(at), get(t.residual(), at, 0));
      boolean passes = passes(z);
      if (relu && t.reserve() != null) {
        setBit((HostTensor) t.reserve(), at, passes);
      }
      y.set(at, passes ? z : 0);
    }
  }

  private double preActivation(double x, double residual) {
    return scale * ((x - mean) * invStd) + shift + residual;
  }

  /** True unless a ReLU stops the value; NaN passes. */
  private boolean passes(double z) {
    return spec.activation() == Activation.NONE || !(z <= 0);
  }

  private void save(long c, @Nullable SavedStatistics saved) {
    if (saved != null) {
      ((HostTensor) saved.mean()).set(c, mean);
      ((HostTensor) saved.invStd()).set(c, invStd);
    }
  }

  /** Counts the batch and returns the weight of its statistics. */
  private double advance(@Nullable RunningStatistics running) {
    AverageFactor factor = spec.averageFactor();
    if (running == null || running.batches() == null) {
      return factor.at(1);
    }
    HostTensor batches = (HostTensor) running.batches();
    long t = batches.getLong(0) + 1;
    batches.setLong(0, t);
    return factor.at(t);
  }

  private void update(long c, @Nullable RunningStatistics running, double a) {
    if (running == null) {
      return;
    }
    boolean skips = spec.policies().nonFinite() == NonFinitePolicy.SKIP_UPDATE;
    if (skips && !(isStorable(mean) && isStorable(variance))) {
      skipped++;
      return;
    }
    HostTensor runningMean = (HostTensor) running.mean();
    HostTensor runningVariance = (HostTensor) running.variance();
    double v = variance * spec.varianceCorrection();
    runningMean.set(c, (1 - a) * runningMean.get(c) + a * mean);
    runningVariance.set(c, (1 - a) * runningVariance.get(c) + a * v);
  }

  /** True if the value is finite in the statistics' type. */
  private boolean isStorable(double value) {
    return spec.statisticsType() == DataType.F64
        ? Double.isFinite(value)
        : Float.isFinite((float) value);
  }

  private void differentiate(long c, BackwardTensors t) {
    HostTensor x = (HostTensor) t.x();
    double sumDy = 0;
    double sumDyXHat = 0;
    for (long i = 0; i < m; i++) {
      long at = index.of(c, i);
      double dy = maskedGradient(at, t);
      sumDy += dy;
      sumDyXHat += dy * ((x.get(at) - mean) * invStd);
    }
    set(t.dBeta(), c, sumDy);
    set(t.dGamma(), c, sumDyXHat);
    boolean constants = spec.mode() == Mode.FROZEN;
    for (long i = 0; i < m; i++) {
      long at = index.of(c, i);
      double dy = maskedGradient(at, t);
      double xHat = (x.get(at) - mean) * invStd;
      double centred = constants ? dy : dy - sumDy / m - xHat * sumDyXHat / m;
      set(t.dx(), at, scale * invStd * centred);
      set(t.dResidual(), at, dy);
    }
  }

  private double maskedGradient(long at, BackwardTensors t) {
    double dy = ((HostTensor) t.dy()).get(at);
    if (spec.activation() == Activation.NONE) {
      return dy;
    }
    BackwardTensors.Inputs inputs = t.inputs();
    if (inputs.reserve() != null) {
      return getBit((HostTensor) inputs.reserve(), at) ? dy : 0;
    }
    double x = ((HostTensor) t.x()).get(at);
    return passes(preActivation(x, get(inputs.residual(), at, 0))) ? dy : 0;
  }

  private static double get(@Nullable Tensor tensor, long at, double absent) {
    return tensor == null ? absent : ((HostTensor) tensor).get(at);
  }

  private static void set(@Nullable Tensor tensor, long at, double value) {
    if (tensor != null) {
      ((HostTensor) tensor).set(at, value);
    }
  }

  private static boolean getBit(HostTensor bits, long at) {
    return (bits.getLong(at >> 3) >> (at & 7) & 1) != 0;
  }

  private static void setBit(HostTensor bits, long at, boolean value) {
    long bit = 1L << (at & 7);
    long others = bits.getLong(at >> 3) & ~bit;
    bits.setLong(at >> 3, value ? others | bit : others);
  }

  @Override
  public long skippedUpdates() {
    return skipped;
  }

  @Override
  public String explain() {
    return "reference: " + spec.describe() + "; one thread, double precision, element by element";
  }

  @Override
  public void close() {
    closed = true;
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("plan: expected an open plan, got a closed one");
    }
  }
}
