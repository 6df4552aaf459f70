package io.github.bn4j.train.cpu;

import io.github.bn4j.backend.cpu.WorkerPool;
import io.github.bn4j.op.Tensor;

/** The sum of two tensors. */
final class SumStep extends ElementStep {
  private final Floats a;
  private final Floats b;
  private final Floats sum;

  SumStep(WorkerPool pool, Tensor a, Tensor b, Tensor sum) {
    super(pool, Math.toIntExact(sum.elements()));
    this.sum = Floats.of("sum", sum, sum.elements());
    this.a = Floats.of("a", a, sum.elements());
    this.b = Floats.of("b", b, sum.elements());
  }

  @Override
  void forward(int from, int end) {
    for (int i = from; i < end; i++) {
      sum.array()[sum.at() + i] = a.array()[a.at() + i] + b.array()[b.at() + i];
    }
  }

  @Override
  void backward(int from, int end) {
    throw new UnsupportedOperationException(
        "backward: expected no call, since both gradients are the sum's");
  }
}
