package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.SavedStatistics;

/**
 * Twin of the one-pass backward kernels of TRAINING, which read x and dy once: {@code
 * bn_backward_onepass.cu} and {@code bn_backward_cluster.cu}, and those for channels last. The cut
 * says which.
 */
final class BackwardOnepassKernel implements BackwardPass {
  /** BackwardOnepassArguments in bn_arguments.cuh. */
  enum Field {
    X,
    DY,
    RESIDUAL,
    MASK,
    DX,
    D_RESIDUAL,
    MEAN,
    INV_STD,
    GAMMA,
    BETA,
    D_GAMMA,
    D_BETA,
    PARTIALS,
    BARRIERS,
    C,
    HW,
    M,
    GROUP,
    SPLITS,
    CHUNK,
    RESIDENT,
    LANES,
    WIDE,
    RELU
  }

  private final boolean relu;
  private final Aligned launches;

  BackwardOnepassKernel(Setup setup, OnepassCut cut) {
    this.relu = setup.spec().activation() == Activation.RELU;
    this.launches = setup.onepass(cut, Field.values());
    launches.prepare((launch, wide) -> prepare(setup, cut, launch, wide));
  }

  private void prepare(Setup setup, OnepassCut cut, Launch launch, boolean wide) {
    OnepassCut.Share share = wide ? cut.usual() : cut.narrow();
    Geometry g = setup.geometry();
    launch.set(Field.PARTIALS, setup.workspace().partials());
    launch.set(Field.BARRIERS, setup.workspace().barriers());
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
  }

  @Override
  public void queue(BackwardTensors t, CudaStream stream) {
    BackwardTensors.Inputs inputs = t.inputs();
    long x = Launch.address(t.x());
    long dy = Launch.address(t.dy());
    long dx = Launch.address(t.dx());
    long dResidual = Launch.address(t.dResidual());
    long mask = relu ? Launch.address(inputs.reserve()) : 0;
    long residual = relu && mask == 0 ? Launch.address(inputs.residual()) : 0;
    Launch launch = launches.at(x | dy | dx | dResidual | residual);
    launch.set(Field.X, x);
    launch.set(Field.DY, dy);
    launch.set(Field.RESIDUAL, residual);
    launch.set(Field.MASK, mask);
    launch.set(Field.DX, dx);
    launch.set(Field.D_RESIDUAL, dResidual);
    SavedStatistics saved = inputs.saved();
    launch.set(Field.MEAN, saved == null ? null : saved.mean());
    launch.set(Field.INV_STD, saved == null ? null : saved.invStd());
    launch.set(Field.GAMMA, inputs.gamma());
    launch.set(Field.BETA, relu && mask == 0 ? inputs.beta() : null);
    launch.set(Field.D_GAMMA, t.dGamma());
    launch.set(Field.D_BETA, t.dBeta());
    launch.queue(stream);
  }

  @Override
  public String describe() {
    return launches.usual().describe();
  }
}
