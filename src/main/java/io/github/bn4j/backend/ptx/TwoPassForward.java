package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.op.ForwardTensors;

/** Batch statistics, then normalization. */
record TwoPassForward(StatisticsKernel statistics, NormalizeKernel normalize)
    implements ForwardPass {
  TwoPassForward(Setup setup) {
    this(new StatisticsKernel(setup), new NormalizeKernel(setup));
  }

  @Override
  public void queue(ForwardTensors t, CudaStream stream) {
    statistics.queue(t, stream);
    normalize.queue(t, stream);
  }

  @Override
  public String describe() {
    return statistics.describe() + ", " + normalize.describe();
  }
}
