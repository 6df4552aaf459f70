package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BackwardTensors;

/** Twin of bn_backward_apply.cu: dx and dResidual in TRAINING. */
final class BackwardApplyKernel {
  static final String STEM = "bn_backward_apply";

  /** kPacks of BackwardOp in bn_backward_op.cuh. */
  static final int PACKS_IN_FLIGHT = 2;

  /** BackwardApplyArguments in bn_arguments.cuh. */
  enum Field {
    X,
    DY,
    RESIDUAL,
    MASK,
    DX,
    D_RESIDUAL,
    COEFFICIENTS,
    BETA,
    C,
    HW,
    ROWS,
    LANES,
    WIDE,
    RELU
  }

  private final boolean relu;
  private final Aligned launches;

  BackwardApplyKernel(Setup setup) {
    this.relu = setup.spec().activation() == Activation.RELU;
    this.launches = setup.elementwise(STEM, Field.values(), PACKS_IN_FLIGHT);
    launches.prepare((launch, wide) -> prepare(setup, launch, wide));
  }

  private void prepare(Setup setup, Launch launch, boolean wide) {
    Geometry g = setup.geometry();
    launch.set(Field.COEFFICIENTS, setup.workspace().coefficients());
    launch.set(Field.C, g.c());
    launch.set(Field.HW, g.hw());
    launch.set(Field.ROWS, g.rows());
    launch.set(Field.LANES, setup.elementwise(wide, PACKS_IN_FLIGHT).lanes());
    launch.set(Field.WIDE, wide ? 1 : 0);
    launch.set(Field.RELU, relu ? 1 : 0);
  }

  void queue(BackwardTensors t, CudaStream stream) {
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
    launch.set(Field.BETA, relu && mask == 0 ? inputs.beta() : null);
    launch.queue(stream);
  }

  String describe() {
    return launches.usual().describe();
  }
}
