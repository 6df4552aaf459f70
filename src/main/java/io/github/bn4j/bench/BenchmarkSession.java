package io.github.bn4j.bench;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.op.BackwardTensors;
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
    boolean backward = each.op().isBackward();
    memory = backend.memory(options);
    try {
      plan = backend.plan(each.spec(), options);
    } catch (RuntimeException | Error e) {
      memory.close();
      throw e;
    }
    yardstick = yardsticks.apply(backend, memory);
    try {
      for (int i = 0; i < sets(each, cold); i++) {
        sets.add(BenchmarkTensors.allocate(memory, plan, backward));
      }
      // A backward pass needs what its forward pass leaves.
      sets.forEach(set -> plan.forward(set.forward()));
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** Sets of tensors that are rotated: one, or more than a cache holds. */
  static int sets(BenchmarkCase each, boolean cold) {
    return cold ? (int) Math.min(MOST_SETS, COLD_BYTES / Math.max(1, setBytes(each)) + 1) : 1;
  }

  /** Bytes of the activation tensors of all sets. */
  static long bytes(BenchmarkCase each, boolean cold) {
    return Math.multiplyExact(setBytes(each), sets(each, cold));
  }

  private static long setBytes(BenchmarkCase each) {
    return BenchmarkTensors.bytes(each.spec(), each.op().isBackward());
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
