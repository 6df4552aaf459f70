package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.op.BackwardTensors;

/**
 * Sums, then gradients.
 *
 * @param empty true if there are no elements, but gradients of gamma and beta to set to zero
 */
record TwoPassBackward(BackwardReduceKernel reduce, BackwardApplyKernel apply, boolean empty)
    implements BackwardPass {
  TwoPassBackward(Setup setup) {
    this(
        new BackwardReduceKernel(setup), new BackwardApplyKernel(setup), setup.geometry().m() == 0);
  }

  @Override
  public void queue(BackwardTensors t, CudaStream stream) {
    reduce.queue(t, stream);
    if (!empty) {
      apply.queue(t, stream);
    }
  }

  @Override
  public String describe() {
    return reduce.describe() + ", " + apply.describe();
  }
}
