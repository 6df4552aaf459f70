package io.github.bn4j.train.cuda;

import io.github.bn4j.backend.ptx.Launch;
import io.github.bn4j.op.Tensor;

/** Twin of train_sum.cu. */
final class SumKernel {
  private static final String STEM = "train_sum";

  /** SumArguments in train_arguments.cuh. */
  enum Field {
    A,
    B,
    SUM,
    N
  }

  private SumKernel() {}

  static Launch prepare(Session session, Tensor a, Tensor b, Tensor sum) {
    long n = a.elements();
    Launch launch =
        new Launch(
            session.function(STEM, ""),
            TrainTuning.elementwise(session.stream(), n),
            Field.values());
    launch.set(Field.A, session.floats("a", a, n).address());
    launch.set(Field.B, session.floats("b", b, n).address());
    launch.set(Field.SUM, session.floats("sum", sum, n).address());
    launch.set(Field.N, n);
    return launch;
  }
}
