package io.github.bn4j.backend.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.cuda.CudaContext;
import io.github.bn4j.cuda.CudaMemory;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.emulator.AlsoOnGpu;
import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.op.AverageFactor;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Moments;
import io.github.bn4j.op.NonFinitePolicy;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SavedStatistics;
import io.github.bn4j.op.SingleValuePolicy;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.op.TensorShape;
import io.github.bn4j.op.VarianceKind;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Running statistics by themselves, and moments on the device. */
@AlsoOnGpu
@EmulatedCuda
final class RunningUpdateKernelTest {
  /** More than one block of channels. */
  private static final int CHANNELS = 600;

  private CudaMemory memory;
  private CudaContext context;
  private CudaStream stream;

  @BeforeEach
  void open() {
    memory = new CudaMemory(PlanOptions.DEFAULT);
    stream = memory.stream();
    context = stream.context();
  }

  @AfterEach
  void close() {
    memory.close();
  }

  private static BatchNormSpec.Builder spec(long batch) {
    return BatchNormSpec.builder(TensorShape.of(batch, CHANNELS)).dataType(DataType.F32);
  }

  /** A value of its own for every channel. */
  private Tensor perChannel(DataType type, double first, double step) {
    HostTensor values = HostTensor.allocate(type, CHANNELS);
    for (int c = 0; c < CHANNELS; c++) {
      values.set(c, first + c * step);
    }
    return memory.copyOf(values);
  }

  private RunningStatistics running(DataType type, long batches) {
    return new RunningStatistics(
        perChannel(type, 1, 0.01),
        perChannel(type, 2, 0.01),
        memory.copyOf(HostTensor.of(batches)));
  }

  private double[] values(Tensor tensor) {
    return memory.toHost(tensor).toDoubles();
  }

  private long batches(RunningStatistics running) {
    return memory.toHost(Objects.requireNonNull(running.batches())).getLong(0);
  }

  private void update(BatchNormSpec spec, Tensor mean, Tensor variance, RunningStatistics running) {
    try (RunningUpdateKernel kernel = new RunningUpdateKernel(context, spec)) {
      context.enter();
      kernel.launchPopulation(mean, variance, running, stream);
      context.exit();
      memory.synchronize();
    }
  }

  @Test
  void variance_unbiasedCumulative_followsTheFormulaToTheBit() {
    BatchNormSpec spec = spec(5).averageFactor(AverageFactor.CUMULATIVE).build();
    RunningStatistics running = running(DataType.F32, 3);
    double[] before = values(running.mean());
    double[] varianceBefore = values(running.variance());
    Tensor mean = perChannel(DataType.F32, -7, 0.03);
    Tensor variance = perChannel(DataType.F32, 0.1, 0.02);
    update(spec, mean, variance, running);
    double a = 1.0 / 4;
    double[] means = values(mean);
    double[] variances = values(variance);
    double[] got = values(running.mean());
    double[] gotVariance = values(running.variance());
    for (int c = 0; c < CHANNELS; c++) {
      assertThat(got[c]).isEqualTo((float) ((1 - a) * before[c] + a * means[c]));
      assertThat(gotVariance[c])
          .isEqualTo((float) ((1 - a) * varianceBefore[c] + a * (variances[c] * (5.0 / 4))));
    }
    assertThat(batches(running)).isEqualTo(4);
  }

  @Test
  void unbiased_isTurnedIntoThePopulationsAndCleared() {
    BatchNormSpec spec =
        spec(5)
            .dataType(DataType.F64)
            .averageFactor(AverageFactor.of(1))
            .varianceKind(VarianceKind.POPULATION)
            .build();
    RunningStatistics running = running(DataType.F64, 0);
    RunningStatistics batch =
        new RunningStatistics(
            perChannel(DataType.F64, 0, 1), perChannel(DataType.F64, 0, 1e-9), null);
    launch(spec, batch, running);
    double[] mean = values(running.mean());
    double[] variance = values(running.variance());
    for (int c = 0; c < CHANNELS; c++) {
      assertThat(mean[c]).isEqualTo(c);
      assertThat(variance[c]).isCloseTo(c * 1e-9 * 4 / 5, withPercentage(1e-13));
    }
    assertThat(values(batch.mean())).containsOnly(0);
    assertThat(values(batch.variance())).containsOnly(0);
  }

  @Test
  void unbiased_ofOneValue_isZeroThoughTheLibrarySaysNaN() {
    BatchNormSpec spec =
        spec(1)
            .averageFactor(AverageFactor.of(1))
            .singleValue(SingleValuePolicy.POPULATION)
            .build();
    RunningStatistics running = running(DataType.F32, 0);
    RunningStatistics batch =
        new RunningStatistics(
            perChannel(DataType.F32, 3, 0), perChannel(DataType.F32, Double.NaN, 0), null);
    launch(spec, batch, running);
    assertThat(values(running.variance())).containsOnly(0);
    assertThat(values(running.mean())).containsOnly(3);
    assertThat(values(batch.variance())).containsOnly(0);
  }

  private void launch(BatchNormSpec spec, RunningStatistics batch, RunningStatistics running) {
    try (RunningUpdateKernel kernel = new RunningUpdateKernel(context, spec)) {
      context.enter();
      kernel.launch(batch, running, stream);
      context.exit();
      assertThat(kernel.skippedUpdates(stream)).isZero();
    }
  }

  @Test
  void nonFinite_skipUpdate_isCountedAndTheCounterAdvances() {
    BatchNormSpec spec = spec(5).nonFinite(NonFinitePolicy.SKIP_UPDATE).build();
    RunningStatistics running = running(DataType.F32, 3);
    HostTensor mean = memory.toHost(perChannel(DataType.F32, 0, 1));
    mean.set(7, Double.NaN);
    mean.set(555, Double.POSITIVE_INFINITY);
    double[] before = values(running.mean());
    try (RunningUpdateKernel kernel = new RunningUpdateKernel(context, spec)) {
      context.enter();
      kernel.launchPopulation(memory.copyOf(mean), perChannel(DataType.F32, 1, 0), running, stream);
      context.exit();
      assertThat(kernel.skippedUpdates(stream)).isEqualTo(2);
    }
    double[] after = values(running.mean());
    for (int c = 0; c < CHANNELS; c++) {
      assertThat(after[c] == before[c]).isEqualTo(c == 7 || c == 555);
    }
    assertThat(batches(running)).isEqualTo(4);
  }

  @Test
  void singleValue_keepRunning_touchesNothing() {
    BatchNormSpec spec = spec(1).singleValue(SingleValuePolicy.KEEP_RUNNING).build();
    RunningStatistics running = running(DataType.F32, 3);
    double[] before = values(running.mean());
    update(spec, perChannel(DataType.F32, 0, 1), perChannel(DataType.F32, 0, 0), running);
    assertThat(values(running.mean())).isEqualTo(before);
    assertThat(batches(running)).isEqualTo(3);
  }

  @Test
  void moments_mergedAndFinished_areThoseOfTheHost() {
    BatchNormSpec spec = spec(8).averageFactor(AverageFactor.of(1)).build();
    Moments host = new Moments(CHANNELS);
    Moments other = new Moments(CHANNELS);
    for (int c = 0; c < CHANNELS; c++) {
      host.merge(c, c % 3, c % 3 == 0 ? 0 : c, c % 3);
      other.merge(c, 5, 0.1 * c, 7);
    }
    MomentsKernel.DeviceMoments into = onDevice(host);
    RunningStatistics running = running(DataType.F32, 3);
    SavedStatistics saved =
        new SavedStatistics(
            memory.allocate(DataType.F32, CHANNELS), memory.allocate(DataType.F32, CHANNELS));
    try (MomentsKernel kernel = new MomentsKernel(context, spec)) {
      context.enter();
      kernel.merge(into, onDevice(other), stream);
      kernel.finish(into, saved, running, stream);
      context.exit();
      memory.synchronize();
    }
    host.merge(other);
    double[] mean = values(into.mean());
    double[] m2 = values(into.m2());
    double[] runningVariance = values(running.variance());
    for (int c = 0; c < CHANNELS; c++) {
      assertThat(mean[c]).isCloseTo(host.mean(c), withPercentage(1e-12));
      assertThat(m2[c]).isCloseTo(host.m2(c), withPercentage(1e-12));
      assertThat(runningVariance[c])
          .isCloseTo(host.variance(c, VarianceKind.UNBIASED), withPercentage(1e-5));
    }
    assertThat(values(saved.mean())[100]).isEqualTo((float) host.mean(100));
    assertThat(batches(running)).isEqualTo(4);
  }

  private MomentsKernel.DeviceMoments onDevice(Moments moments) {
    HostTensor count = HostTensor.allocate(DataType.I64, CHANNELS);
    HostTensor mean = HostTensor.allocate(DataType.F64, CHANNELS);
    HostTensor m2 = HostTensor.allocate(DataType.F64, CHANNELS);
    for (int c = 0; c < CHANNELS; c++) {
      count.setLong(c, moments.count(c));
      mean.set(c, moments.mean(c));
      m2.set(c, moments.m2(c));
    }
    return new MomentsKernel.DeviceMoments(
        memory.copyOf(count), memory.copyOf(mean), memory.copyOf(m2));
  }
}
