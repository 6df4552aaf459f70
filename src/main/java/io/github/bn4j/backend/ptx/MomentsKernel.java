package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaContext;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SavedStatistics;
import io.github.bn4j.op.Tensor;

/**
 * Twin of bn_moments.cu: merges moments of every channel on the device, and turns them into batch
 * and running statistics. What {@link io.github.bn4j.op.Moments} is on the host.
 */
final class MomentsKernel implements AutoCloseable {
  static final String STEM = "bn_moments";

  /** MomentsArguments in bn_arguments.cuh. */
  enum Field {
    COUNT,
    MEAN,
    M2,
    OTHER_COUNT,
    OTHER_MEAN,
    OTHER_M2,
    TICKETS,
    C,
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

  /**
   * Moments on the device, one element per channel.
   *
   * @param count I64
   * @param mean F64
   * @param m2 F64, sum of squared deviations
   */
  record DeviceMoments(Tensor count, Tensor mean, Tensor m2) {}

  private final PtxModules modules;
  private final Workspace workspace;
  private final Launch merge;
  private final Launch finish;

  MomentsKernel(CudaContext context, BatchNormSpec spec) {
    long channels = spec.shape().channels();
    this.modules = PtxModules.of(context);
    try {
      merge = launch("_merge", channels);
      finish = launch("_finish_" + spec.statisticsType().label(), channels);
      workspace =
          Workspace.cleared(context, new Workspace.Sizes(0, 0, 1, 0, spec.statisticsType()));
    } catch (RuntimeException e) {
      modules.close();
      throw e;
    }
    finish.set(Field.TICKETS, workspace.tickets());
    finish.set(Field.SKIPPED, workspace.skipped());
    finish.set(Field.EPSILON, spec.epsilon());
    finish.set(Field.AVERAGE_FACTOR, FinishPolicy.averageFactor(spec));
    finish.set(Field.POLICY, FinishPolicy.of(spec));
  }

  private Launch launch(String suffix, long channels) {
    Launch launch =
        new Launch(
            modules.function(STEM, suffix), RunningUpdateKernel.shape(channels), Field.values());
    launch.set(Field.C, channels);
    return launch;
  }

  /** Queues the merge of other moments into some; the context has to be current. */
  void merge(DeviceMoments into, DeviceMoments other, CudaStream stream) {
    setMoments(merge, into);
    merge.set(Field.OTHER_COUNT, other.count);
    merge.set(Field.OTHER_MEAN, other.mean);
    merge.set(Field.OTHER_M2, other.m2);
    merge.queue(stream);
  }

  /** Queues what follows from the moments of a whole batch; the context has to be current. */
  void finish(
      DeviceMoments moments, SavedStatistics saved, RunningStatistics running, CudaStream stream) {
    setMoments(finish, moments);
    finish.set(Field.SAVED_MEAN, saved.mean());
    finish.set(Field.SAVED_INV_STD, saved.invStd());
    finish.set(Field.RUNNING_MEAN, running.mean());
    finish.set(Field.RUNNING_VARIANCE, running.variance());
    finish.set(Field.BATCHES, running.batches());
    finish.queue(stream);
  }

  private static void setMoments(Launch launch, DeviceMoments moments) {
    launch.set(Field.COUNT, moments.count);
    launch.set(Field.MEAN, moments.mean);
    launch.set(Field.M2, moments.m2);
  }

  @Override
  public void close() {
    workspace.close();
    modules.close();
  }
}
