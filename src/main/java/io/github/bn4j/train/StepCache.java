package io.github.bn4j.train;

import io.github.bn4j.backend.Memory;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Mode;
import io.github.bn4j.train.data.Batches;
import io.github.bn4j.train.network.Execution;
import io.github.bn4j.train.network.Network;
import java.util.Map;
import java.util.TreeMap;

/** A network's executions by batch size: the full one, and that of the last batch of an epoch. */
final class StepCache implements AutoCloseable {
  private final Network network;
  private final Memory memory;
  private final Batches.Form form;
  private final Mode mode;
  private final Map<Integer, Prepared> prepared = new TreeMap<>();

  StepCache(Network network, Memory memory, Batches.Form form, Mode mode) {
    this.network = network;
    this.memory = memory;
    this.form = form;
    this.mode = mode;
  }

  /** An execution and where its batch is put together. */
  record Prepared(Execution execution, Batches.Buffers buffers, Memory memory) {
    /** Puts a batch where the execution takes it from. */
    void fill(Batches batches, int batch, int batchSize) {
      batches.fill(batch, batchSize, buffers);
      memory.write(execution.ends().images(), buffers.images());
      memory.write(execution.ends().labels(), buffers.labels());
    }
  }

  Prepared of(int batch) {
    return prepared.computeIfAbsent(
        batch,
        size ->
            new Prepared(network.execution(size, mode), Batches.Buffers.of(size, form), memory));
  }

  /** Sum of losses and number of right answers, over all batch sizes. */
  double[] totals() {
    double[] sum = new double[2];
    for (Prepared each : prepared.values()) {
      double[] totals = memory.toHost(each.execution.ends().totals()).toDoubles();
      sum[0] += totals[0];
      sum[1] += totals[1];
    }
    return sum;
  }

  /** Sets the totals of all batch sizes. */
  void setTotals(HostTensor totals) {
    for (Prepared each : prepared.values()) {
      memory.write(each.execution.ends().totals(), totals);
    }
  }

  @Override
  public void close() {
    prepared.values().forEach(each -> each.execution.close());
    prepared.clear();
  }
}
