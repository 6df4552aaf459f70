package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaContext;
import io.github.bn4j.cuda.CudaFunction;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.cuda.LaunchShape;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.Tensor;

/**
 * Twin of bn_running_update.cu: applies the spec's convention to batch statistics that another
 * library computed, on the device. The same device function as in {@code bn_statistics}.
 */
public final class RunningUpdateKernel implements AutoCloseable {
  static final String STEM = "bn_running_update";

  /** RunningUpdateArguments in bn_arguments.cuh. */
  enum Field {
    MEAN,
    VARIANCE,
    TICKETS,
    C,
    M,
    IS_UNBIASED,
    COEFFICIENTS,
    GAMMA,
    BETA,
    SAVED_MEAN,
    SAVED_INV_STD,
    EPSILON,
    RUNNING_MEAN,
    RUNNING_VARIANCE,
    BATCHES,
    SKIPPED,
    AVERAGE_FACTOR,
    POLICY
  }

  private final BatchNormSpec spec;
  private final PtxModules modules;
  private final Workspace workspace;
  private final Launch launch;

  /**
   * Prepares the update for a spec; allocates a few hundred bytes on the device.
   *
   * @param context of the streams that updates will be queued on
   */
  public RunningUpdateKernel(CudaContext context, BatchNormSpec spec) {
    this.spec = spec;
    this.modules = PtxModules.of(context);
    try {
      CudaFunction function = modules.function(STEM, "_" + spec.statisticsType().label());
      this.launch = new Launch(function, shape(spec.shape().channels()), Field.values());
      this.workspace =
          Workspace.cleared(context, new Workspace.Sizes(0, 0, 1, 0, spec.statisticsType()));
    } catch (RuntimeException e) {
      modules.close();
      throw e;
    }
    launch.set(Field.TICKETS, workspace.tickets());
    launch.set(Field.SKIPPED, workspace.skipped());
    launch.set(Field.C, spec.shape().channels());
    launch.set(Field.M, spec.shape().valuesPerChannel());
    launch.set(Field.EPSILON, spec.epsilon());
    launch.set(Field.AVERAGE_FACTOR, FinishPolicy.averageFactor(spec));
    launch.set(Field.POLICY, FinishPolicy.of(spec));
  }

  static LaunchShape shape(long channels) {
    long blocks = Geometry.ceilDiv(channels, LaunchTuning.THREADS);
    return LaunchShape.of((int) Math.min(blocks, Integer.MAX_VALUE), LaunchTuning.THREADS);
  }

  /**
   * Queues the update of running statistics, counter included; nothing where the spec says that a
   * forward pass updates none. The context has to be current.
   *
   * @param batch the batch's mean and unbiased variance, on the device, as cuDNN's own update with
   *     factor 1 leaves them in memory that was zero; zero again afterwards. The variance of a
   *     single value is taken for 0, whatever is there.
   */
  public void launch(RunningStatistics batch, RunningStatistics running, CudaStream stream) {
    if (spec.updatesRunningStatistics()) {
      launch(batch.mean(), batch.variance(), 1, running, stream);
    }
  }

  /** Likewise, from the population variance; leaves mean and variance as they are. */
  void launchPopulation(
      Tensor mean, Tensor variance, RunningStatistics running, CudaStream stream) {
    launch(mean, variance, 0, running, stream);
  }

  private void launch(
      Tensor mean, Tensor variance, int isUnbiased, RunningStatistics running, CudaStream stream) {
    launch.set(Field.MEAN, mean);
    launch.set(Field.VARIANCE, variance);
    launch.set(Field.IS_UNBIASED, isUnbiased);
    launch.set(Field.RUNNING_MEAN, running.mean());
    launch.set(Field.RUNNING_VARIANCE, running.variance());
    launch.set(Field.BATCHES, running.batches());
    launch.queue(stream);
  }

  /** Updates skipped so far, see {@code Plan.skippedUpdates()}; waits for the stream. */
  public long skippedUpdates(CudaStream stream) {
    return workspace.readSkipped(stream);
  }

  /** Frees the device memory; closing twice is harmless. */
  @Override
  public void close() {
    workspace.close();
    modules.close();
  }
}
