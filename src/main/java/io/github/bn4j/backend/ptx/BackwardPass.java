package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.op.BackwardTensors;

/** The kernels of a backward pass. */
interface BackwardPass {
  /** Queues them on checked tensors; the context has to be current. */
  void queue(BackwardTensors t, CudaStream stream);

  /** Entries and launch shapes. */
  String describe();
}
