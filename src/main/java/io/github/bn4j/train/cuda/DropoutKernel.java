package io.github.bn4j.train.cuda;

import io.github.bn4j.backend.ptx.Launch;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.train.engine.DropoutSpec;

/** Twin of train_dropout.cu. */
final class DropoutKernel {
  private static final String STEM = "train_dropout";

  /** DropoutArguments in train_arguments.cuh. */
  enum Field {
    FROM,
    TO,
    CLOCK,
    N,
    THRESHOLD,
    SCALE,
    SEED,
    LAYER
  }

  private DropoutKernel() {}

  /**
   * Forward with x and y, backward with dy and dx.
   *
   * @param to may be {@code from}
   */
  static Launch prepare(Session session, DropoutSpec spec, Tensor clock, Tensor from, Tensor to) {
    long n = from.elements();
    Launch launch =
        new Launch(
            session.function(STEM, ""),
            TrainTuning.elementwise(session.stream(), n),
            Field.values());
    launch.set(Field.FROM, session.floats("dropout", from, n).address());
    launch.set(Field.TO, session.floats("dropout", to, n).address());
    launch.set(Field.CLOCK, session.pointer("clock", clock, DataType.I64, 1).address());
    launch.set(Field.N, n);
    launch.set(Field.THRESHOLD, spec.threshold());
    launch.set(Field.SCALE, (double) spec.scale());
    launch.set(Field.SEED, spec.seed());
    launch.set(Field.LAYER, spec.layer());
    return launch;
  }
}
