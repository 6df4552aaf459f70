package io.github.bn4j.cli;

import io.github.bn4j.chart.Axes;
import io.github.bn4j.chart.BarChart;
import io.github.bn4j.chart.RooflineChart;
import io.github.bn4j.chart.Series;
import io.github.bn4j.cli.BenchReport.Line;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A benchmark's report as charts: bandwidth under the copy's, and ratios to the best peer. */
final class BenchCharts {
  private BenchCharts() {}

  /**
   * Writes the roofline to the file, and the bars, where peers took part, beside it with {@code
   * -peers} before the ending.
   *
   * @return what was written
   */
  static List<Path> write(BenchReport report, Path file) throws IOException {
    List<Path> written = new ArrayList<>();
    List<Line> timed = report.rows().stream().filter(line -> line.gbps() != null).toList();
    if (timed.isEmpty()) {
      throw Failure.badInput("--chart: expected times to draw, got launches only");
    }
    roofline(timed, file);
    written.add(file);
    List<Line> compared = timed.stream().filter(line -> line.timesBestPeer() != null).toList();
    if (!compared.isEmpty()) {
      Path beside = beside(file);
      bars(compared, beside);
      written.add(beside);
    }
    return written;
  }

  static Path beside(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    String base = dot > 0 ? name.substring(0, dot) : name;
    return file.resolveSibling(base + "-peers" + (dot > 0 ? name.substring(dot) : ".png"));
  }

  private static String state(List<Line> lines) {
    return lines.get(0).cold() ? "cold" : "warm";
  }

  private static void roofline(List<Line> lines, Path file) throws IOException {
    Axes axes =
        Axes.linear(
                "Bandwidth of the traffic that cannot be avoided, " + state(lines) + " tensors",
                "bytes that cannot be avoided, MB",
                "GB/s")
            .withLogX();
    List<Series> points = new ArrayList<>();
    grouped(lines, line -> line.backend() + " " + line.op())
        .forEach((name, group) -> points.add(series(name, group, Line::gbps)));
    RooflineChart.write(file, axes, points, roof(lines));
  }

  /** The copy's bandwidth; where several cases move as much, the middle one. */
  private static Series roof(List<Line> lines) {
    Map<Double, List<Double>> copies = new TreeMap<>();
    for (Line line : lines) {
      copies
          .computeIfAbsent(line.floorBytes() / 1e6, at -> new ArrayList<>())
          .add(Objects.requireNonNull(line.copyGbps()));
    }
    List<Double> middle = new ArrayList<>();
    for (List<Double> same : copies.values()) {
      middle.add(same.stream().sorted().toList().get(same.size() / 2));
    }
    return new Series("copy of a tensor", List.copyOf(copies.keySet()), middle);
  }

  private static Series series(String name, List<Line> lines, Function<Line, Double> value) {
    return new Series(
        name,
        lines.stream().map(line -> line.floorBytes() / 1e6).toList(),
        lines.stream().map(value).toList());
  }

  private static void bars(List<Line> lines, Path file) throws IOException {
    Map<String, List<Line>> byShape =
        grouped(lines, line -> line.shape() + " " + line.layout() + " " + line.dtype());
    // The heaviest, if there are more than a chart has room for, in the order in which they came.
    List<String> heaviest =
        byShape.keySet().stream()
            .sorted(
                Comparator.comparing(name -> -weight(Objects.requireNonNull(byShape.get(name)))))
            .limit(BarChart.MOST_NAMES)
            .toList();
    List<String> names = byShape.keySet().stream().filter(heaviest::contains).toList();
    String some =
        names.size() == byShape.size()
            ? ""
            : " (the %d with the most time of %d)".formatted(names.size(), byShape.size());
    List<BarChart.Bars> bars = new ArrayList<>();
    grouped(lines, line -> line.backend() + " " + line.op())
        .forEach((name, group) -> bars.add(bars(name, names, group)));
    Axes axes =
        Axes.linear(
            "Time of the best peer / ours, " + state(lines) + " tensors" + some,
            "",
            "times faster");
    BarChart.write(file, axes, names, bars, 1);
  }

  private static double weight(List<Line> lines) {
    return lines.stream().mapToDouble(line -> line.weight() * line.medianUs()).sum();
  }

  private static BarChart.Bars bars(String name, List<String> names, List<Line> group) {
    Map<String, Double> ratios = new LinkedHashMap<>();
    for (Line line : group) {
      ratios.put(
          line.shape() + " " + line.layout() + " " + line.dtype(),
          Objects.requireNonNull(line.timesBestPeer()));
    }
    return new BarChart.Bars(name, names.stream().map(ratios::get).collect(Collectors.toList()));
  }

  private static Map<String, List<Line>> grouped(List<Line> lines, Function<Line, String> by) {
    return lines.stream()
        .collect(Collectors.groupingBy(by, LinkedHashMap::new, Collectors.toList()));
  }
}
