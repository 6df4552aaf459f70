package io.github.bn4j.bench;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.Support;
import io.github.bn4j.cuda.CudaMemory;
import io.github.bn4j.cuda.DeviceException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Measures passes on backends, and peers beside them.
 *
 * <p>A case is planned on all backends of a place, the processor or the device; then they, the
 * peers and a copy run in turns, a group of calls each, and the median over groups is reported.
 * Warm runs use the same tensors again and again, so that those smaller than a cache are found
 * there; cold runs rotate sets of tensors that together exceed every cache.
 */
public final class Benchmark {
  private final Round.Terms terms;
  private final Room room;
  private @Nullable Peers peers;

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
    PlanOptions plans = planOptions.withThreads(options.threads());
    this.terms =
        new Round.Terms(
            options,
            plans,
            yardsticks == null ? (b, memory) -> yardstick(b, memory, options) : yardsticks);
    this.room = new Room(options.limitBytes(), plans);
  }

  private static Yardstick yardstick(Backend backend, Memory memory, BenchmarkOptions options) {
    if (backend.onDevice() && memory instanceof CudaMemory onDevice) {
      return new EventYardstick(onDevice);
    }
    return backend.onDevice()
        ? new DeviceYardstick(memory)
        : new HostYardstick(memory, options.threadCount());
  }

  /** Lets others take part in every case; the caller closes them. */
  public Benchmark withPeers(@Nullable Peers others) {
    this.peers = others;
    return this;
  }

  /** Measures every case on every backend that supports it, case by case. */
  public List<BenchmarkRow> run(
      List<Backend> backends, List<BenchmarkCase> cases, BenchmarkListener listener) {
    List<BenchmarkRow> rows = new ArrayList<>();
    int done = 0;
    for (BenchmarkCase each : cases) {
      listener.started(done++, cases.size(), each.describe());
      for (boolean onDevice : new boolean[] {false, true}) {
        List<Backend> there = backends.stream().filter(b -> b.onDevice() == onDevice).toList();
        List<BenchmarkRow> measured = together(there, each, listener);
        measured.forEach(listener::finished);
        rows.addAll(measured);
      }
    }
    listener.started(done, cases.size(), "done");
    return rows;
  }

  /**
   * Measures one case.
   *
   * @throws IllegalArgumentException if the backend does not support it
   */
  public BenchmarkRow measure(Backend backend, BenchmarkCase each) {
    try (Round round = new Round(terms, each)) {
      round.add(backend);
      return round.run(BenchmarkListener.NONE).get(0);
    }
  }

  /** One case on all backends of a place. */
  private List<BenchmarkRow> together(
      List<Backend> backends, BenchmarkCase each, BenchmarkListener listener) {
    List<Backend> able = new ArrayList<>();
    for (Backend backend : backends) {
      Support support = backend.supports(each.spec());
      if (support.isYes()) {
        able.add(backend);
      } else {
        listener.skipped(backend.name() + " " + each.describe(), support.toString());
      }
    }
    if (able.isEmpty()) {
      return List.of();
    }
    // Peers on a device share its memory with us; on the host they are outside the JVM's.
    int sharing = able.size() + (peers != null && able.get(0).onDevice() ? 1 : 0);
    long bytes = Math.multiplyExact(BenchmarkSession.bytes(each, terms.options().cold()), sharing);
    String lacking = room.lacking(able.get(0), bytes);
    if (lacking != null) {
      listener.skipped(each.describe(), lacking);
      return List.of();
    }
    try (Round round = new Round(terms, each)) {
      able.forEach(round::add);
      if (peers != null) {
        round.add(peers, able.get(0).onDevice(), listener);
      }
      return round.run(listener);
    } catch (OutOfMemoryError | DeviceException e) {
      if (e instanceof DeviceException failure && !failure.isOutOfMemory()) {
        throw failure;
      }
      listener.skipped(each.describe(), String.valueOf(e.getMessage()));
      return List.of();
    }
  }
}
