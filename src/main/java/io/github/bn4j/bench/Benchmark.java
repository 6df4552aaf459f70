package io.github.bn4j.bench;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.Support;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.ForwardTensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Measures passes on backends.
 *
 * <p>A case is planned once; then pass and copy run in turns, a group of calls each, and the median
 * over groups is reported. Warm runs use the same tensors again and again, so that those smaller
 * than a cache are found there; cold runs rotate sets of tensors of {@value #COLD_BYTES} bytes
 * together.
 */
public final class Benchmark {
  /** Several times the last-level cache of today's processors and GPUs. */
  private static final long COLD_BYTES = 512L << 20;

  private final BenchmarkOptions options;
  private final PlanOptions planOptions;
  private final BiFunction<Backend, Memory, Yardstick> yardsticks;

  /** On the CPU's or the default device's terms. */
  public Benchmark(BenchmarkOptions options) {
    this(options, PlanOptions.DEFAULT, null);
  }

  /**
   * With a place of work, and a way to take time there.
   *
   * @param planOptions device and stream; the number of threads is taken from the first argument
   * @param yardsticks makes the yardstick of a backend's memory; null for the host's clock
   */
  public Benchmark(
      BenchmarkOptions options,
      PlanOptions planOptions,
      @Nullable BiFunction<Backend, Memory, Yardstick> yardsticks) {
    this.options = options;
    this.planOptions = planOptions.withThreads(options.threads());
    this.yardsticks = yardsticks == null ? this::yardstick : yardsticks;
  }

  private Yardstick yardstick(Backend backend, Memory memory) {
    return backend.onDevice()
        ? new DeviceYardstick(memory)
        : new HostYardstick(memory, options.threadCount());
  }

  /** Measures every case on every backend that supports it, case by case. */
  public List<BenchmarkRow> run(
      List<Backend> backends, List<BenchmarkCase> cases, BenchmarkListener listener) {
    List<BenchmarkRow> rows = new ArrayList<>();
    int total = Math.multiplyExact(backends.size(), cases.size());
    int done = 0;
    for (BenchmarkCase each : cases) {
      for (Backend backend : backends) {
        String what = backend.name() + " " + each.describe();
        listener.started(done++, total, what);
        Support support = backend.supports(each.spec());
        if (support.isYes()) {
          BenchmarkRow row = measure(backend, each);
          rows.add(row);
          listener.finished(row);
        } else {
          listener.skipped(what, support.toString());
        }
      }
    }
    return rows;
  }

  /**
   * Measures one case.
   *
   * @throws IllegalArgumentException if the backend does not support it
   */
  public BenchmarkRow measure(Backend backend, BenchmarkCase each) {
    BatchNormSpec spec = each.spec();
    boolean backward = each.op().isBackward();
    try (Memory memory = backend.memory(planOptions);
        Plan plan = backend.plan(spec, planOptions);
        Yardstick yardstick = yardsticks.apply(backend, memory)) {
      List<BenchmarkTensors> sets = new ArrayList<>();
      long setBytes = Math.max(1, BenchmarkTensors.bytes(spec, backward));
      long count = options.cold() ? Math.min(64, COLD_BYTES / setBytes + 1) : 1;
      for (long i = 0; i < count; i++) {
        sets.add(BenchmarkTensors.allocate(memory, plan, backward));
      }
      sets.forEach(set -> plan.forward(set.forward()));
      BenchmarkRow.Times times =
          new Turns(options, yardstick)
              .run(pass(plan, sets), copy(yardstick, sets), 2 * sets.get(0).from().bytes());
      return new BenchmarkRow(
          spec.shape().toString(),
          spec.layout().label(),
          spec.dataType().label(),
          each.op().label(),
          backend.name(),
          times,
          each.op().floorBytes(spec),
          options.cold());
    }
  }

  private static Runnable pass(Plan plan, List<BenchmarkTensors> sets) {
    int[] next = {0};
    return () -> {
      BenchmarkTensors set = sets.get(next[0]++ % sets.size());
      BackwardTensors backward = set.backward();
      if (backward == null) {
        ForwardTensors forward = set.forward();
        plan.forward(forward);
      } else {
        plan.backward(backward);
      }
    };
  }

  private static Runnable copy(Yardstick yardstick, List<BenchmarkTensors> sets) {
    int[] next = {0};
    return () -> {
      BenchmarkTensors set = sets.get(next[0]++ % sets.size());
      yardstick.copy(set.from(), set.to());
    };
  }

  /** The middle value; of an even number, the mean of the two in the middle. */
  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
