package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SavedStatistics;

/** Twin of bn_statistics.cu: batch statistics, and what follows from them once per channel. */
final class StatisticsKernel {
  static final String STEM = "bn_statistics";

  /** StatisticsArguments in bn_arguments.cuh. */
  enum Field {
    X,
    PARTIALS,
    TICKETS,
    C,
    HW,
    M,
    SPLITS,
    CHUNK,
    LANES,
    WIDE,
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
  private final Aligned launches;

  StatisticsKernel(Setup setup) {
    this.spec = setup.spec();
    this.launches = setup.reductions(STEM, Field.values());
    launches.prepare((launch, wide) -> prepare(setup, launch, wide));
  }

  private static void prepare(Setup setup, Launch launch, boolean wide) {
    LaunchTuning.Reduction cut = setup.reduction(wide);
    BatchNormSpec spec = setup.spec();
    Geometry g = setup.geometry();
    Workspace workspace = setup.workspace();
    launch.set(Field.PARTIALS, workspace.partials());
    launch.set(Field.TICKETS, workspace.tickets());
    launch.set(Field.C, g.c());
    launch.set(Field.HW, g.hw());
    launch.set(Field.M, g.m());
    launch.set(Field.SPLITS, cut.splits());
    launch.set(Field.CHUNK, cut.chunk());
    launch.set(Field.LANES, cut.lanes());
    launch.set(Field.WIDE, wide ? 1 : 0);
    launch.set(Field.COEFFICIENTS, workspace.coefficients());
    launch.set(Field.EPSILON, spec.epsilon());
    launch.set(Field.SKIPPED, workspace.skipped());
    launch.set(Field.AVERAGE_FACTOR, FinishPolicy.averageFactor(spec));
    launch.set(Field.POLICY, FinishPolicy.of(spec));
  }

  void queue(ForwardTensors t, CudaStream stream) {
    Launch launch = launches.at(Launch.address(t.x()));
    launch.set(Field.X, t.x());
    launch.set(Field.GAMMA, t.gamma());
    launch.set(Field.BETA, t.beta());
    SavedStatistics saved = spec.mode() == Mode.TRAINING ? t.saved() : null;
    launch.set(Field.SAVED_MEAN, saved == null ? null : saved.mean());
    launch.set(Field.SAVED_INV_STD, saved == null ? null : saved.invStd());
    RunningStatistics running = spec.updatesRunningStatistics() ? t.running() : null;
    launch.set(Field.RUNNING_MEAN, running == null ? null : running.mean());
    launch.set(Field.RUNNING_VARIANCE, running == null ? null : running.variance());
    launch.set(Field.BATCHES, running == null ? null : running.batches());
    launch.queue(stream);
  }

  String describe() {
    return launches.usual().describe();
  }
}
