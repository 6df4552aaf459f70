package io.github.bn4j.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Rows in a few numbers: geometric means over cases, weighted by how often each occurs. */
public final class Summary {
  /**
   * The means of one backend, pass, layout and type.
   *
   * @param layers cases, each counted as often as it occurs
   * @param totalUs time of all of them, one after the other
   * @param gbps mean of the floor traffic's bandwidth; null for launches
   * @param percentOfCopy mean share of a copy's bandwidth; null for launches
   * @param timesBestPeer mean of the best peer's time over this one's; null if it is a peer, or no
   *     case has one
   */
  public record Line(
      By by,
      long layers,
      double totalUs,
      @Nullable Double gbps,
      @Nullable Double percentOfCopy,
      @Nullable Double timesBestPeer) {}

  /** What a line is about. */
  public record By(
      String backend, boolean peer, String op, String layout, String dtype, boolean cold) {
    static By of(BenchmarkRow row) {
      return new By(
          row.by().name(),
          row.by().peer(),
          row.each().opLabel(),
          row.each().spec().layout().label(),
          row.each().spec().dataType().label(),
          row.cold());
    }
  }

  private final Map<BenchmarkCase, Double> bestPeer = new LinkedHashMap<>();
  private final List<Line> lines = new ArrayList<>();

  /** Sums rows up. */
  public Summary(List<BenchmarkRow> rows) {
    for (BenchmarkRow row : rows) {
      if (row.by().peer()) {
        bestPeer.merge(row.each(), row.medianUs(), Math::min);
      }
    }
    Map<By, List<BenchmarkRow>> groups = new LinkedHashMap<>();
    rows.forEach(row -> groups.computeIfAbsent(By.of(row), by -> new ArrayList<>()).add(row));
    groups.forEach((by, group) -> lines.add(line(by, group)));
  }

  /** One line per backend, pass, layout and type, in the order of the rows. */
  public List<Line> lines() {
    return List.copyOf(lines);
  }

  /** The best peer's time of the same case over this row's; empty for a peer, or without one. */
  public OptionalDouble timesBestPeer(BenchmarkRow row) {
    Double best = bestPeer.get(row.each());
    return row.by().peer() || best == null
        ? OptionalDouble.empty()
        : OptionalDouble.of(best / row.medianUs());
  }

  private Line line(By by, List<BenchmarkRow> rows) {
    Geometric gbps = new Geometric();
    Geometric percent = new Geometric();
    Geometric ratio = new Geometric();
    long layers = 0;
    double total = 0;
    for (BenchmarkRow row : rows) {
      int weight = row.each().weight();
      layers += weight;
      total += weight * row.medianUs();
      if (row.hasBandwidth()) {
        gbps.add(row.gbps(), weight);
        percent.add(row.percentOfCopy(), weight);
      }
      timesBestPeer(row).ifPresent(value -> ratio.add(value, weight));
    }
    return new Line(
        by, layers, total, orNull(gbps.mean()), orNull(percent.mean()), orNull(ratio.mean()));
  }

  private static @Nullable Double orNull(double mean) {
    return Double.isFinite(mean) ? mean : null;
  }
}
