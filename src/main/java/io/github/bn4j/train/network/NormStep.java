package io.github.bn4j.train.network;

import io.github.bn4j.api.Pass;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.train.engine.Flow;
import io.github.bn4j.train.engine.Step;

/** A pass of batch normalization as a step; dx may be dy. */
final class NormStep implements Step {
  private final Pass pass;
  private final Flow flow;

  NormStep(Pass pass, Flow flow) {
    this.pass = pass;
    this.flow = flow;
  }

  @Override
  public void forward() {
    pass.forward(flow.x(), flow.y());
  }

  @Override
  public void backward() {
    Tensor dy = flow.dy();
    Tensor dx = flow.dx();
    if (dy == null || dx == null) {
      throw new UnsupportedOperationException(
          "backward: expected a step made with dy and dx, got one without");
    }
    pass.backward(dy, dx);
  }

  @Override
  public void close() {
    pass.close();
  }
}
