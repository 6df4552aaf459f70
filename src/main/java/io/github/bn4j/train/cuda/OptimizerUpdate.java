package io.github.bn4j.train.cuda;

import io.github.bn4j.backend.ptx.Launch;
import io.github.bn4j.cuda.DeviceBuffer;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.train.engine.OptimizerSpec;
import io.github.bn4j.train.engine.Slot;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** All parameters' updates by one kernel, which finds them in a table on the device. */
final class OptimizerUpdate implements Runnable, AutoCloseable {
  private final Session session;
  private final DeviceBuffer table;
  private final Launch launch;

  OptimizerUpdate(Session session, OptimizerSpec spec, List<Slot> slots, Tensor clock) {
    if (slots.isEmpty()) {
      throw new IllegalArgumentException("slots: expected at least one, got none");
    }
    this.session = session;
    ByteBuffer rows = tableOf(session, spec, slots);
    long longest = slots.stream().mapToLong(slot -> slot.value().elements()).max().orElse(1);
    this.table = session.allocate(DataType.I64, rows.remaining() / Long.BYTES);
    try {
      this.launch = OptimizerKernel.prepare(session, spec, table, longest, clock);
      table.writeAsync(0, rows, session.stream());
      session.stream().synchronize();
    } catch (RuntimeException e) {
      table.close();
      throw e;
    }
  }

  private static ByteBuffer tableOf(Session session, OptimizerSpec spec, List<Slot> slots) {
    int bytes = slots.size() * OptimizerKernel.SlotField.values().length * Long.BYTES;
    ByteBuffer rows = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (Slot slot : slots) {
      long elements = slot.value().elements();
      List<Tensor> state = slot.state();
      if (state.size() != spec.statesPerParameter()) {
        throw new IllegalArgumentException(
            "slot: expected %d tensors of state for %s, got %d"
                .formatted(spec.statesPerParameter(), spec.name(), state.size()));
      }
      rows.putLong(session.floats("value", slot.value(), elements).address());
      rows.putLong(session.floats("gradient", slot.gradient(), elements).address());
      rows.putLong(session.floats("state", state.get(0), elements).address());
      rows.putLong(
          state.size() > 1 ? session.floats("state", state.get(1), elements).address() : 0);
      rows.putLong(elements);
    }
    return rows.flip();
  }

  @Override
  public void run() {
    session.queue(launch);
  }

  @Override
  public void close() {
    table.close();
  }
}
