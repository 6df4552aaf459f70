package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SavedStatistics;

/**
 * Twin of the one-pass forward kernels, which read x once: {@code bn_forward_onepass.cu} and {@code
 * bn_forward_cluster.cu}, and those for channels last. The cut says which.
 */
final class ForwardOnepassKernel implements ForwardPass {
  /** ForwardOnepassArguments in bn_arguments.cuh. */
  enum Field {
    X,
    RESIDUAL,
    Y,
    MASK,
    PARTIALS,
    BARRIERS,
    TICKETS,
    C,
    HW,
    M,
    GROUP,
    SPLITS,
    CHUNK,
    RESIDENT,
    LANES,
    WIDE,
    RELU,
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
  private final boolean relu;
  private final Aligned launches;

  ForwardOnepassKernel(Setup setup, OnepassCut cut) {
    this.spec = setup.spec();
    this.relu = spec.activation() == Activation.RELU;
    this.launches = setup.onepass(cut, Field.values());
    launches.prepare((launch, wide) -> prepare(setup, cut, launch, wide));
  }

  private void prepare(Setup setup, OnepassCut cut, Launch launch, boolean wide) {
    OnepassCut.Share share = wide ? cut.usual() : cut.narrow();
    Geometry g = setup.geometry();
    Workspace workspace = setup.workspace();
    launch.set(Field.PARTIALS, workspace.partials());
    launch.set(Field.BARRIERS, workspace.barriers());
    launch.set(Field.TICKETS, workspace.tickets());
    launch.set(Field.C, g.c());
    launch.set(Field.HW, g.hw());
    launch.set(Field.M, g.m());
    launch.set(Field.GROUP, share.group());
    launch.set(Field.SPLITS, share.splits());
    launch.set(Field.CHUNK, share.chunk());
    launch.set(Field.RESIDENT, share.resident());
    launch.set(Field.LANES, share.lanes());
    launch.set(Field.WIDE, wide ? 1 : 0);
    launch.set(Field.RELU, relu ? 1 : 0);
    launch.set(Field.EPSILON, spec.epsilon());
    launch.set(Field.SKIPPED, workspace.skipped());
    launch.set(Field.AVERAGE_FACTOR, FinishPolicy.averageFactor(spec));
    launch.set(Field.POLICY, FinishPolicy.of(spec));
  }

  @Override
  public void queue(ForwardTensors t, CudaStream stream) {
    long x = Launch.address(t.x());
    long y = Launch.address(t.y());
    long residual = Launch.address(t.residual());
    Launch launch = launches.at(x | y | residual);
    launch.set(Field.X, x);
    launch.set(Field.RESIDUAL, residual);
    launch.set(Field.Y, y);
    launch.set(Field.MASK, relu ? Launch.address(t.reserve()) : 0);
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

  @Override
  public String describe() {
    return launches.usual().describe();
  }
}
