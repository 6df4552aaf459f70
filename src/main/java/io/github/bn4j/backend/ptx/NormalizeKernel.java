package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.ForwardTensors;

/** Twin of bn_normalize.cu: normalization by the batch statistics that bn_statistics left. */
final class NormalizeKernel {
  static final String STEM = "bn_normalize";

  /** kPacks of ForwardOp in bn_forward.cuh; where something is fused, taken in two halves. */
  static final int PACKS_IN_FLIGHT = 4;

  /** NormalizeArguments in bn_arguments.cuh. */
  enum Field {
    X,
    RESIDUAL,
    Y,
    MASK,
    COEFFICIENTS,
    C,
    HW,
    ROWS,
    LANES,
    WIDE,
    RELU
  }

  private final boolean relu;
  private final Aligned launches;

  NormalizeKernel(Setup setup) {
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

  void queue(ForwardTensors t, CudaStream stream) {
    long x = Launch.address(t.x());
    long y = Launch.address(t.y());
    long residual = Launch.address(t.residual());
    Launch launch = launches.at(x | y | residual);
    launch.set(Field.X, x);
    launch.set(Field.RESIDUAL, residual);
    launch.set(Field.Y, y);
    launch.set(Field.MASK, relu ? Launch.address(t.reserve()) : 0);
    launch.queue(stream);
  }

  String describe() {
    return launches.usual().describe();
  }
}
