package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SavedStatistics;

/**
 * Twin of bn_backward_reduce.cu: gradients of gamma and beta in TRAINING, and the coefficients of
 * dx. Also fills the same struct for {@link BackwardFrozenKernel}.
 */
final class BackwardReduceKernel {
  static final String STEM = "bn_backward_reduce";

  /** BackwardReduceArguments in bn_arguments.cuh. */
  enum Field {
    X,
    DY,
    RESIDUAL,
    MASK,
    DX,
    D_RESIDUAL,
    MEAN,
    SPREAD,
    GAMMA,
    BETA,
    D_GAMMA,
    D_BETA,
    COEFFICIENTS,
    PARTIALS,
    TICKETS,
    EPSILON,
    C,
    HW,
    M,
    SPLITS,
    CHUNK,
    LANES,
    WIDE,
    RELU
  }

  private final boolean relu;
  private final boolean frozen;
  private final Aligned launches;

  BackwardReduceKernel(Setup setup) {
    this(setup, STEM);
  }

  BackwardReduceKernel(Setup setup, String stem) {
    this.relu = setup.spec().activation() == Activation.RELU;
    this.frozen = setup.spec().mode() == Mode.FROZEN;
    this.launches = setup.reductions(stem, Field.values());
    launches.prepare((launch, wide) -> prepare(setup, launch, wide));
  }

  private void prepare(Setup setup, Launch launch, boolean wide) {
    LaunchTuning.Reduction cut = setup.reduction(wide);
    Geometry g = setup.geometry();
    launch.set(Field.COEFFICIENTS, setup.workspace().coefficients());
    launch.set(Field.PARTIALS, setup.workspace().partials());
    launch.set(Field.TICKETS, setup.workspace().tickets());
    launch.set(Field.EPSILON, setup.spec().epsilon());
    launch.set(Field.C, g.c());
    launch.set(Field.HW, g.hw());
    launch.set(Field.M, g.m());
    launch.set(Field.SPLITS, cut.splits());
    launch.set(Field.CHUNK, cut.chunk());
    launch.set(Field.LANES, cut.lanes());
    launch.set(Field.WIDE, wide ? 1 : 0);
    launch.set(Field.RELU, relu ? 1 : 0);
  }

  void queue(BackwardTensors t, CudaStream stream) {
    BackwardTensors.Inputs inputs = t.inputs();
    long x = Launch.address(t.x());
    long dy = Launch.address(t.dy());
    long mask = relu ? Launch.address(inputs.reserve()) : 0;
    long residual = relu && mask == 0 ? Launch.address(inputs.residual()) : 0;
    long dx = frozen ? Launch.address(t.dx()) : 0;
    long dResidual = frozen ? Launch.address(t.dResidual()) : 0;
    Launch launch = launches.at(x | dy | residual | dx | dResidual);
    launch.set(Field.X, x);
    launch.set(Field.DY, dy);
    launch.set(Field.RESIDUAL, residual);
    launch.set(Field.MASK, mask);
    launch.set(Field.DX, dx);
    launch.set(Field.D_RESIDUAL, dResidual);
    setStatistics(launch, inputs);
    launch.set(Field.GAMMA, inputs.gamma());
    launch.set(Field.BETA, relu && mask == 0 ? inputs.beta() : null);
    launch.set(Field.D_GAMMA, t.dGamma());
    launch.set(Field.D_BETA, t.dBeta());
    launch.queue(stream);
  }

  private void setStatistics(Launch launch, BackwardTensors.Inputs inputs) {
    if (frozen) {
      RunningStatistics running = inputs.running();
      launch.set(Field.MEAN, running == null ? null : running.mean());
      launch.set(Field.SPREAD, running == null ? null : running.variance());
    } else {
      SavedStatistics saved = inputs.saved();
      launch.set(Field.MEAN, saved == null ? null : saved.mean());
      launch.set(Field.SPREAD, saved == null ? null : saved.invStd());
    }
  }

  String describe() {
    return launches.usual().describe();
  }
}
