package io.github.bn4j.train.cuda;

import io.github.bn4j.backend.ptx.Launch;
import io.github.bn4j.cuda.LaunchShape;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Tensor;

/** Twin of train_clock.cu. */
final class ClockKernel {
  private static final String STEM = "train_clock";

  /** ClockArguments in train_arguments.cuh. */
  enum Field {
    CLOCK
  }

  private ClockKernel() {}

  static Launch prepare(Session session, Tensor clock) {
    Launch launch = new Launch(session.function(STEM, ""), LaunchShape.of(1, 1), Field.values());
    launch.set(Field.CLOCK, session.pointer("clock", clock, DataType.I64, 1).address());
    return launch;
  }
}
