package io.github.bn4j.chart;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Points under a roof: what each case reached, by how much it has to move, and the line of what the
 * machine can do, such as a copy of the same bytes.
 */
public final class RooflineChart {
  private static final int WIDTH = 960;
  private static final int HEIGHT = 620;

  private RooflineChart() {}

  /**
   * Draws points and a roof, and writes or replaces a PNG file.
   *
   * @param roof points of the line, ordered by position here
   * @throws IllegalArgumentException if nothing can be shown, or two series have the same name
   * @throws IOException if the file cannot be written, or this Java has no fonts to draw with
   */
  public static void write(Path file, Axes axes, List<Series> points, Series roof)
      throws IOException {
    Picture.write(file, () -> chart(axes, points, roof));
  }

  private static XYChart chart(Axes axes, List<Series> points, Series roof) {
    XYChart chart = new XYChartBuilder().width(WIDTH).height(HEIGHT).build();
    Picture.style(chart, axes);
    chart.getStyler().setYAxisMin(0.0); // so that half the height is half the roof
    Points.add(chart, axes, roof.sorted())
        .ifPresent(
            line -> {
              line.setLineColor(Color.DARK_GRAY).setLineStyle(Picture.dashed());
              line.setMarker(SeriesMarkers.NONE);
            });
    for (int i = 0; i < points.size(); i++) {
      int place = i;
      Points.add(chart, axes, points.get(i))
          .ifPresent(
              cloud -> {
                cloud.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
                cloud.setLineStyle(SeriesLines.NONE);
                cloud.setMarkerColor(Picture.colour(place)).setMarker(Picture.marker(place));
              });
    }
    return Points.checked(chart);
  }
}
