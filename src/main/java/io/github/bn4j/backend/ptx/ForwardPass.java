package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.op.ForwardTensors;

/** The kernels of a forward pass. */
interface ForwardPass {
  /** Queues them on checked tensors; the context has to be current. */
  void queue(ForwardTensors t, CudaStream stream);

  /** Entries and launch shapes. */
  String describe();
}
