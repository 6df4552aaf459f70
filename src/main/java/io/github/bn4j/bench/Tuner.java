package io.github.bn4j.bench;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.ptx.PtxBackend;
import io.github.bn4j.backend.ptx.TierTrials;
import io.github.bn4j.backend.ptx.TunedFile;
import io.github.bn4j.backend.ptx.Way;
import io.github.bn4j.cuda.CudaDevice;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Measures the ways that can do a pass on a device, and says which is the fastest. */
public final class Tuner {
  /** Differences below this share are within what a second run changes: the rule's way stays. */
  private static final double NOISE = 0.02;

  private final Benchmark benchmark;
  private final CudaDevice device;

  /**
   * A tuner.
   *
   * @param benchmark measures on the device
   */
  public Tuner(Benchmark benchmark, CudaDevice device) {
    this.benchmark = benchmark;
    this.device = device;
  }

  /**
   * The times of a pass.
   *
   * @param pass as a line of the file names it
   * @param usual the way that is taken where nothing was measured
   * @param us microseconds by way, of those that were measured
   */
  public record Trial(String pass, Way usual, Map<Way, Double> us) {
    /** The fastest way; the usual one unless another is faster by more than noise. */
    public Way best() {
      double least = us.values().stream().mapToDouble(Double::doubleValue).min().orElse(0);
      Double usually = us.get(usual);
      if (usually != null && usually <= least * (1 + NOISE)) {
        return usual;
      }
      return us.entrySet().stream()
          .filter(one -> one.getValue() == least)
          .map(Map.Entry::getKey)
          .findFirst()
          .orElse(usual);
    }

    /** Time of the usual way over that of the best. */
    public double gain() {
      return us.getOrDefault(usual, Double.NaN) / us.getOrDefault(best(), Double.NaN);
    }

    /** The line for the file. */
    public TunedFile.Entry entry() {
      return new TunedFile.Entry(best(), note());
    }

    /** {@code block 31.0 us, two-pass 44.5 us}, the fastest first. */
    public String note() {
      return us.entrySet().stream()
          .sorted(Map.Entry.comparingByValue())
          .map(
              one -> String.format(Locale.ROOT, "%s %.1f us", one.getKey().label(), one.getValue()))
          .collect(Collectors.joining(", "));
    }
  }

  /** Measures a pass over batch statistics; null if it could not be, which the listener is told. */
  public @Nullable Trial measure(BenchmarkCase each, BenchmarkListener listener) {
    TierTrials trials = new TierTrials(each.spec(), each.op().isBackward(), device);
    Map<Way, PtxBackend> first = trials.first();
    if (first.size() == 1) {
      listener.skipped(each.describe(), "only " + trials.usual().label() + " can do it");
      return null;
    }
    Map<Way, Double> us = new LinkedHashMap<>(times(first, each, listener));
    if (us.isEmpty()) {
      return null;
    }
    Way fastest = new Trial(trials.pass(), trials.usual(), us).best();
    Map<Way, PtxBackend> beside = trials.beside(fastest);
    if (us.containsKey(fastest) && beside.size() > 1) {
      us.putAll(times(beside, each, listener));
    }
    return new Trial(trials.pass(), trials.usual(), us);
  }

  private Map<Way, Double> times(
      Map<Way, PtxBackend> ways, BenchmarkCase each, BenchmarkListener listener) {
    Map<String, Double> byName =
        benchmark.run(List.<Backend>copyOf(ways.values()), List.of(each), listener).stream()
            .collect(Collectors.toMap(row -> row.by().name(), BenchmarkRow::medianUs));
    Map<Way, Double> us = new LinkedHashMap<>();
    ways.forEach(
        (way, backend) -> {
          Double median = byName.get(backend.name());
          if (median != null) {
            us.put(way, median);
          }
        });
    return us;
  }
}
