package io.github.bn4j.bench;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/** One case planned on one backend, with its tensors: a pass and a copy, ready to be timed. */
public final class BenchmarkSession implements AutoCloseable {
  /** Several times the last-level cache of today's processors and GPUs. */
  private static final long COLD_BYTES = 512L << 20;

  /** Enough sets of small tensors to leave no trace of the first one. */
  private static final int MOST_SETS = 64;

  private final Memory memory;
  private final Plan plan;
  private final Yardstick yardstick;
  private final List<BenchmarkTensors> sets = new ArrayList<>();
  private int nextPass;
  private int nextCopy;

  /** Plans a case on a host backend. */
  public BenchmarkSession(Backend backend, BenchmarkCase each, BenchmarkOptions options) {
    this(
        backend,
        each,
        options.cold(),
        PlanOptions.DEFAULT.withThreads(options.threads()),
        (b, memory) -> new HostYardstick(memory, options.threadCount()));
  }

  BenchmarkSession(
      Backend backend,
      BenchmarkCase each,
      boolean cold,
      PlanOptions options,
      BiFunction<Backend, Memory, Yardstick> yardsticks) {
    BatchNormSpec spec = each.spec();
    boolean backward = each.op().isBackward();
    memory = backend.memory(options);
    plan = backend.plan(spec, options);
    yardstick = yardsticks.apply(backend, memory);
    long setBytes = Math.max(1, BenchmarkTensors.bytes(spec, backward));
    long count = cold ? Math.min(MOST_SETS, COLD_BYTES / setBytes + 1) : 1;
    for (long i = 0; i < count; i++) {
      sets.add(BenchmarkTensors.allocate(memory, plan, backward));
    }
    // A backward pass needs what its forward pass leaves.
    sets.forEach(set -> plan.forward(set.forward()));
  }

  /** Runs the pass once, on the next set of tensors. */
  public Runnable pass() {
    return () -> {
      BenchmarkTensors set = sets.get(nextPass++ % sets.size());
      BackwardTensors backward = set.backward();
      if (backward == null) {
        plan.forward(set.forward());
      } else {
        plan.backward(backward);
      }
    };
  }

  /** Copies one activation tensor of the next set. */
  public Runnable copy() {
    return () -> {
      BenchmarkTensors set = sets.get(nextCopy++ % sets.size());
      yardstick.copy(set.from(), set.to());
    };
  }

  /** Bytes that one copy reads and writes. */
  public long copyBytes() {
    return 2 * sets.get(0).from().bytes();
  }

  Yardstick yardstick() {
    return yardstick;
  }

  @Override
  public void close() {
    yardstick.close();
    plan.close();
    memory.close();
  }
}
