package io.github.bn4j.train.cuda;

import io.github.bn4j.backend.ptx.Launch;
import io.github.bn4j.cuda.DeviceBuffer;
import io.github.bn4j.cuda.LaunchShape;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.train.engine.OptimizerSpec;

/** Twin of train_optimizer.cu. */
final class OptimizerKernel {
  private static final String STEM = "train_optimizer";

  /** Slot in train_arguments.cuh, as it lies in the table of all slots. */
  enum SlotField {
    VALUE,
    GRADIENT,
    FIRST,
    SECOND,
    ELEMENTS
  }

  /** OptimizerArguments in train_arguments.cuh. */
  enum Field {
    SLOTS,
    CLOCK,
    LEARNING_RATE,
    BETA1,
    BETA2,
    EPSILON
  }

  private OptimizerKernel() {}

  /**
   * @param table of so many slots, on the device
   * @param longest most elements of a slot
   */
  static Launch prepare(
      Session session, OptimizerSpec spec, DeviceBuffer table, long longest, Tensor clock) {
    int slots = Math.toIntExact(table.elements() / SlotField.values().length);
    int blocks = TrainTuning.blocks(session.stream(), longest);
    LaunchShape shape = new LaunchShape(blocks, slots, TrainTuning.THREADS, 1, 0, false);
    Launch launch = new Launch(session.function(STEM, "_" + spec.name()), shape, Field.values());
    launch.set(Field.SLOTS, table);
    launch.set(Field.CLOCK, session.pointer("clock", clock, DataType.I64, 1).address());
    launch.set(Field.LEARNING_RATE, spec.learningRate());
    if (spec instanceof OptimizerSpec.Adam adam) {
      launch.set(Field.BETA1, adam.beta1());
      launch.set(Field.BETA2, adam.beta2());
      launch.set(Field.EPSILON, adam.epsilon());
    } else if (spec instanceof OptimizerSpec.Sgd sgd) {
      launch.set(Field.BETA1, sgd.momentum());
    }
    return launch;
  }
}
