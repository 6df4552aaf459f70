package io.github.bn4j.chart;

import java.util.Arrays;
import java.util.Optional;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;

/** Puts series into a pair of axes. */
final class Points {
  private Points() {}

  /** Adds what can be shown of a series; empty if that is nothing. */
  static Optional<XYSeries> add(XYChart chart, Axes axes, Series series) {
    int[] places = series.places(axes);
    double[] x = Arrays.stream(places).mapToDouble(i -> series.x().get(i)).toArray();
    double[] y = Arrays.stream(places).mapToDouble(i -> series.shown(i)).toArray();
    if (Arrays.stream(y).allMatch(Double::isNaN)) {
      return Optional.empty();
    }
    return Optional.of(chart.addSeries(series.name(), x, y));
  }

  /**
   * The chart, which has something to show.
   *
   * @throws IllegalArgumentException if it has not
   */
  static XYChart checked(XYChart chart) {
    if (chart.getSeriesMap().isEmpty()) {
      throw new IllegalArgumentException(
          "chart %s: expected at least one value that its axes can show, got none"
              .formatted(chart.getTitle()));
    }
    return chart;
  }
}
