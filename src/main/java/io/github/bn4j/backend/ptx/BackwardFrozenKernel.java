package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.op.BackwardTensors;

/** Twin of bn_backward_frozen.cu: all gradients of FROZEN in one pass. */
final class BackwardFrozenKernel implements BackwardPass {
  static final String STEM = "bn_backward_frozen";

  /** The kernel takes the struct of bn_backward_reduce and also uses its dx and dResidual. */
  private final BackwardReduceKernel kernel;

  BackwardFrozenKernel(Setup setup) {
    this.kernel = new BackwardReduceKernel(setup, STEM);
  }

  @Override
  public void queue(BackwardTensors t, CudaStream stream) {
    kernel.queue(t, stream);
  }

  @Override
  public String describe() {
    return kernel.describe();
  }
}
