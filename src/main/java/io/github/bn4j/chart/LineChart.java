package io.github.bn4j.chart;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Curves in one pair of axes: loss and accuracy over epochs. */
public final class LineChart {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 520;

  /** Beyond this many points markers would hide the line. */
  private static final int MOST_MARKERS = 40;

  private LineChart() {}

  /**
   * Draws curves and writes or replaces a PNG file. A curve without a single value that can be
   * shown is left out.
   *
   * @throws IllegalArgumentException if no curve is left, or two have the same name
   * @throws IOException if the file cannot be written, or this Java has no fonts to draw with
   */
  public static void write(Path file, Axes axes, List<Series> curves) throws IOException {
    Picture.write(file, () -> chart(axes, curves));
  }

  private static XYChart chart(Axes axes, List<Series> curves) {
    XYChart chart = new XYChartBuilder().width(WIDTH).height(HEIGHT).build();
    Picture.style(chart, axes);
    for (int i = 0; i < curves.size(); i++) {
      boolean few = curves.get(i).x().size() <= MOST_MARKERS;
      Color colour = Picture.colour(i);
      BasicStroke stroke = Picture.line(i);
      Marker marker = few ? Picture.marker(i) : SeriesMarkers.NONE;
      Points.add(chart, axes, curves.get(i))
          .ifPresent(
              line -> {
                line.setLineColor(colour).setLineStyle(stroke);
                line.setMarkerColor(colour).setMarker(marker);
              });
    }
    return Points.checked(chart);
  }
}
