package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.RunningStatistics;

/** Twin of bn_inference.cu: normalization by running statistics. */
final class InferenceKernel implements ForwardPass {
  static final String STEM = "bn_inference";

  /** InferenceArguments in bn_arguments.cuh. */
  enum Field {
    X,
    RESIDUAL,
    Y,
    MASK,
    MEAN,
    VARIANCE,
    GAMMA,
    BETA,
    EPSILON,
    C,
    HW,
    ROWS,
    LANES,
    WIDE,
    RELU
  }

  private final boolean relu;
  private final Aligned launches;

  InferenceKernel(Setup setup) {
    this.relu = setup.spec().activation() == Activation.RELU;
    this.launches = setup.elementwise(STEM, Field.values(), NormalizeKernel.PACKS_IN_FLIGHT);
    launches.prepare((launch, wide) -> prepare(setup, launch, wide));
  }

  private void prepare(Setup setup, Launch launch, boolean wide) {
    Geometry g = setup.geometry();
    launch.set(Field.EPSILON, setup.spec().epsilon());
    launch.set(Field.C, g.c());
    launch.set(Field.HW, g.hw());
    launch.set(Field.ROWS, g.rows());
    launch.set(Field.LANES, setup.elementwise(wide, NormalizeKernel.PACKS_IN_FLIGHT).lanes());
    launch.set(Field.WIDE, wide ? 1 : 0);
    launch.set(Field.RELU, relu ? 1 : 0);
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
    RunningStatistics running = t.running();
    launch.set(Field.MEAN, running == null ? null : running.mean());
    launch.set(Field.VARIANCE, running == null ? null : running.variance());
    launch.set(Field.GAMMA, t.gamma());
    launch.set(Field.BETA, t.beta());
    launch.queue(stream);
  }

  @Override
  public String describe() {
    return launches.usual().describe();
  }
}
