package io.github.bn4j.bench;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.Support;
import io.github.bn4j.cuda.CudaMemory;
import io.github.bn4j.op.BatchNormSpec;
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
 * than a cache are found there; cold runs rotate sets of tensors that together exceed every cache.
 */
public final class Benchmark {
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
   * @param yardsticks makes the yardstick of a backend's memory; null for a CUDA device's events,
   *     and the host's clock elsewhere
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
    if (backend.onDevice() && memory instanceof CudaMemory onDevice) {
      return new EventYardstick(onDevice);
    }
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
    try (BenchmarkSession session =
        new BenchmarkSession(backend, each, options.cold(), planOptions, yardsticks)) {
      BatchNormSpec spec = each.spec();
      BenchmarkRow.Times times =
          new Turns(options, session.yardstick())
              .run(session.pass(), session.copy(), session.copyBytes());
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

  /** The middle value; of an even number, the mean of the two in the middle. */
  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
