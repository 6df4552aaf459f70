package io.github.bn4j.verify;

import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import org.jspecify.annotations.Nullable;

/**
 * The values that a case starts from, on the host; the same for every backend and on every machine.
 * What the spec does not have is null.
 *
 * @param x input
 * @param residual added before the activation
 * @param dy gradient of the output
 * @param gamma scale: some negative, one 0 if there are more than 3 channels
 * @param beta shift
 * @param runningMean before the pass
 * @param runningVariance before the pass
 * @param batches seen before the pass
 */
public record CaseInputs(
    HostTensor x,
    @Nullable HostTensor residual,
    HostTensor dy,
    @Nullable HostTensor gamma,
    @Nullable HostTensor beta,
    @Nullable HostTensor runningMean,
    @Nullable HostTensor runningVariance,
    @Nullable HostTensor batches) {

  /** Batches seen before the pass: any number that makes a cumulative average a real mean. */
  private static final long BATCHES = 3;

  /** The channel whose scale is 0. */
  private static final long ZERO_SCALE = 3;

  /** Makes the values of a case. */
  public static CaseInputs of(Case c) {
    BatchNormSpec spec = c.spec();
    long channels = spec.shape().channels();
    DataType statistics = spec.statisticsType();
    boolean tracks = spec.tracksRunningStatistics();
    CaseInputs inputs =
        new CaseInputs(
            HostTensor.allocate(spec.dataType(), spec.shape().elements()),
            spec.hasResidual() ? noise(spec, 2) : null,
            noise(spec, 3),
            spec.hasScale() ? HostTensor.allocate(statistics, channels) : null,
            spec.hasShift() ? HostTensor.allocate(statistics, channels) : null,
            tracks ? HostTensor.allocate(statistics, channels) : null,
            tracks ? HostTensor.allocate(statistics, channels) : null,
            tracks ? HostTensor.of(BATCHES) : null);
    inputs.fill(spec, c.input());
    return inputs;
  }

  private static HostTensor noise(BatchNormSpec spec, long seed) {
    HostTensor tensor = HostTensor.allocate(spec.dataType(), spec.shape().elements());
    Noise noise = new Noise(seed);
    for (long i = 0; i < tensor.elements(); i++) {
      tensor.set(i, noise.unit());
    }
    return tensor;
  }

  private void fill(BatchNormSpec spec, HardInput input) {
    Channels at = new Channels(spec);
    Noise noise = new Noise(1);
    for (long c = 0; c < at.count(); c++) {
      double centre = input.centre(noise);
      double spread = input.spread(noise);
      set(gamma, c, c == ZERO_SCALE ? 0 : noise.between(-1.5, 1.5));
      set(beta, c, noise.between(-1, 1));
      set(runningMean, c, centre + spread * noise.between(-0.5, 0.5));
      set(runningVariance, c, spread * spread * noise.between(0.5, 1.5));
      for (long i = 0; i < at.values(); i++) {
        HardInput.Position position = new HardInput.Position(c, at.count(), i, at.values());
        x.set(at.index(c, i), input.value(position, centre, spread, noise));
      }
    }
  }

  private static void set(@Nullable HostTensor tensor, long at, double value) {
    if (tensor != null) {
      tensor.set(at, value);
    }
  }
}
