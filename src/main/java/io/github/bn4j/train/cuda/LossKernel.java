package io.github.bn4j.train.cuda;

import io.github.bn4j.backend.ptx.Launch;
import io.github.bn4j.cuda.DeviceBuffer;
import io.github.bn4j.cuda.LaunchShape;
import io.github.bn4j.op.DataType;
import io.github.bn4j.train.engine.LossTensors;

/** Twin of train_loss.cu. */
final class LossKernel {
  private static final String STEM = "train_loss";

  /** LossArguments in train_arguments.cuh. */
  enum Field {
    LOGITS,
    LOGS,
    LABELS,
    GRADIENT,
    TOTALS,
    ROWS,
    CLASSES
  }

  private LossKernel() {}

  /**
   * @param logs logarithms of the softmax of the logits
   */
  static Launch prepare(Session session, LossTensors t, DeviceBuffer logs) {
    long elements = (long) t.batch() * t.classes();
    Launch launch =
        new Launch(
            session.function(STEM, ""), LaunchShape.of(1, TrainTuning.THREADS), Field.values());
    launch.set(Field.LOGITS, session.floats("logits", t.logits(), elements).address());
    launch.set(Field.LOGS, logs);
    launch.set(
        Field.LABELS, session.pointer("labels", t.labels(), DataType.U8, t.batch()).address());
    launch.set(Field.GRADIENT, session.optionalFloats("dLogits", t.dLogits(), elements).address());
    launch.set(Field.TOTALS, session.pointer("totals", t.totals(), DataType.F64, 2).address());
    launch.set(Field.ROWS, t.batch());
    launch.set(Field.CLASSES, t.classes());
    return launch;
  }
}
