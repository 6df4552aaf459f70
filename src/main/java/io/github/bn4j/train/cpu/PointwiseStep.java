package io.github.bn4j.train.cpu;

import io.github.bn4j.backend.cpu.WorkerPool;
import io.github.bn4j.train.engine.Flow;
import io.github.bn4j.train.engine.Pointwise;
import org.jspecify.annotations.Nullable;

/** A function of each element. */
final class PointwiseStep extends ElementStep {
  private final Pointwise function;
  private final Floats x;
  private final Floats y;
  private final @Nullable Floats dy;
  private final @Nullable Floats dx;

  PointwiseStep(WorkerPool pool, Pointwise function, Flow flow) {
    super(pool, Math.toIntExact(flow.x().elements()));
    this.function = function;
    this.x = Floats.of("x", flow.x(), flow.x().elements());
    this.y = Floats.of("y", flow.y(), x.length());
    this.dy = Floats.ofNullable("dy", flow.dy(), x.length());
    this.dx = Floats.ofNullable("dx", flow.dx(), x.length());
  }

  @Override
  void forward(int from, int end) {
    float[] in = x.array();
    float[] out = y.array();
    for (int i = from; i < end; i++) {
      float value = in[x.at() + i];
      out[y.at() + i] = function == Pointwise.RELU ? Math.max(value, 0) : (float) Math.tanh(value);
    }
  }

  @Override
  void backward(int from, int end) {
    if (dy == null || dx == null) {
      throw new UnsupportedOperationException(
          "backward: expected a step made with dy and dx, got one without");
    }
    for (int i = from; i < end; i++) {
      float out = y.array()[y.at() + i];
      float gradient = dy.array()[dy.at() + i];
      float inner =
          function == Pointwise.RELU ? (out <= 0 ? 0 : gradient) : gradient * (1 - out * out);
      dx.array()[dx.at() + i] = inner;
    }
  }
}
