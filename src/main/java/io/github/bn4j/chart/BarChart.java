package io.github.bn4j.chart;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.AnnotationLine;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;

/** Bars side by side over names: how many times faster than the best peer, shape by shape. */
public final class BarChart {
  /** Names that a chart has room for; more would not be legible. */
  public static final int MOST_NAMES = 80;

  private static final int HEIGHT = 620;
  private static final int LEAST_WIDTH = 900;

  /** For the axis and its labels. */
  private static final int MARGIN = 120;

  /** Width of one bar, and of the gap between the bars of two names. */
  private static final int BAR = 12;

  private BarChart() {}

  /**
   * One bar per name.
   *
   * @param name for the legend, unique in its chart
   * @param values one per name, each finite, or null where there is no bar
   */
  public record Bars(String name, List<@Nullable Double> values) {}

  /**
   * Draws bars and writes or replaces a PNG file.
   *
   * @param names under the bars, each different
   * @param bars the groups, one colour each
   * @param level where a dashed line is drawn, such as 1 for "as fast as"; NaN for none
   * @throws IllegalArgumentException if there is nothing to show, there are more than {@value
   *     #MOST_NAMES} names, or a group has not one value per name
   * @throws IOException if the file cannot be written, or this Java has no fonts to draw with
   */
  public static void write(Path file, Axes axes, List<String> names, List<Bars> bars, double level)
      throws IOException {
    check(names, bars);
    Picture.write(file, () -> chart(axes, names, bars, level));
  }

  private static void check(List<String> names, List<Bars> bars) {
    if (names.isEmpty() || names.size() > MOST_NAMES || bars.isEmpty()) {
      throw new IllegalArgumentException(
          "bars: expected 1 to %d names and at least one group, got %d and %d"
              .formatted(MOST_NAMES, names.size(), bars.size()));
    }
    if (new HashSet<>(names).size() < names.size()) {
      throw new IllegalArgumentException("bars: expected different names, got " + names);
    }
    for (Bars group : bars) {
      if (group.values().size() != names.size()) {
        throw new IllegalArgumentException(
            "bars %s: expected %d values, one per name, got %d"
                .formatted(group.name(), names.size(), group.values().size()));
      }
    }
  }

  private static CategoryChart chart(Axes axes, List<String> names, List<Bars> bars, double level) {
    int width = MARGIN + names.size() * (bars.size() + 1) * BAR;
    CategoryChart chart =
        new CategoryChartBuilder().width(Math.max(LEAST_WIDTH, width)).height(HEIGHT).build();
    Picture.style(chart, axes);
    chart.getStyler().setAvailableSpaceFill(bars.size() / (bars.size() + 1.0));
    chart.getStyler().setXAxisLabelRotation(60).setPlotGridVerticalLinesVisible(false);
    for (int i = 0; i < bars.size(); i++) {
      chart
          .addSeries(bars.get(i).name(), names, bars.get(i).values())
          .setFillColor(Picture.colour(i));
    }
    if (!Double.isNaN(level)) {
      chart.addAnnotation(new AnnotationLine(level, false, false));
    }
    return chart;
  }
}
