package io.github.bn4j.bench;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.ptx.PtxBackend;
import io.github.bn4j.backend.ptx.Tier;
import io.github.bn4j.backend.ptx.TierTrials;
import io.github.bn4j.backend.ptx.TunedFile;
import io.github.bn4j.cuda.CudaDevice;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Measures every tier that can do a pass on a device, and says which is the fastest. */
public final class Tuner {
  /** Differences below this share are within what a second run changes: the rule's tier stays. */
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
   * @param usual the tier that is taken where nothing was measured
   * @param us microseconds by tier, of those that can
   */
  public record Trial(String pass, Tier usual, Map<Tier, Double> us) {
    /** The fastest tier; the usual one unless another is faster by more than noise. */
    public Tier best() {
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

    /** Time of the usual tier over that of the best. */
    public double gain() {
      return us.getOrDefault(usual, Double.NaN) / us.getOrDefault(best(), Double.NaN);
    }

    /** The line for the file. */
    public TunedFile.Entry entry() {
      return new TunedFile.Entry(best(), note());
    }

    /** {@code block 31.0 us, two-pass 44.5 us}. */
    public String note() {
      return us.entrySet().stream()
          .map(
              one -> String.format(Locale.ROOT, "%s %.1f us", one.getKey().label(), one.getValue()))
          .collect(Collectors.joining(", "));
    }
  }

  /** Measures a pass over batch statistics; null if it could not be, which the listener is told. */
  public @Nullable Trial measure(BenchmarkCase each, BenchmarkListener listener) {
    TierTrials trials = new TierTrials(each.spec(), each.op().isBackward(), device);
    Map<Tier, PtxBackend> candidates = new EnumMap<>(trials.backends());
    if (candidates.size() == 1) {
      listener.skipped(each.describe(), "only " + trials.usual().label() + " can do it");
      return null;
    }
    List<BenchmarkRow> rows =
        benchmark.run(List.<Backend>copyOf(candidates.values()), List.of(each), listener);
    Map<Tier, Double> us = new EnumMap<>(Tier.class);
    for (BenchmarkRow row : rows) {
      candidates.forEach(
          (tier, backend) -> {
            if (backend.name().equals(row.by().name())) {
              us.put(tier, row.medianUs());
            }
          });
    }
    return us.isEmpty() ? null : new Trial(trials.pass(), trials.usual(), us);
  }
}
