package io.github.bn4j.chart;

import io.github.bn4j.io.AtomicFile;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Supplier;
import javax.imageio.ImageIO;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The look that all charts share, and the way into a file. */
final class Picture {
  /** Pixels of a chart's unit: sharp on dense screens and in print. */
  static final int SCALE = 2;

  /** Okabe and Ito without their yellow, which is too pale for lines on white. */
  private static final Color[] COLOURS = {
    new Color(0x0072B2),
    new Color(0xD55E00),
    new Color(0x009E73),
    new Color(0xCC79A7),
    new Color(0xE69F00),
    new Color(0x56B4E9),
    new Color(0x000000)
  };

  private static final Marker[] MARKERS = {
    SeriesMarkers.CIRCLE,
    SeriesMarkers.SQUARE,
    SeriesMarkers.TRIANGLE_UP,
    SeriesMarkers.DIAMOND,
    SeriesMarkers.TRIANGLE_DOWN,
    SeriesMarkers.CROSS,
    SeriesMarkers.PLUS
  };

  /**
   * Per round of the colours another pattern, so that a series beyond the seventh is told apart.
   */
  private static final float[][] DASHES = {{}, {8, 4}, {2, 3}, {8, 3, 2, 3}};

  private static final float LINE_WIDTH = 2;

  /** Names of series that one line has room for; more go beside the plot. */
  private static final int BELOW = 5;

  private Picture() {}

  static Color colour(int series) {
    return COLOURS[series % COLOURS.length];
  }

  /** Moves on with each round of the colours, so that no two series have both in common. */
  static Marker marker(int series) {
    return MARKERS[(series + series / COLOURS.length) % MARKERS.length];
  }

  static BasicStroke line(int series) {
    return stroke(DASHES[series / COLOURS.length % DASHES.length]);
  }

  /** For what is not data: a limit, a yardstick. */
  static BasicStroke dashed() {
    return stroke(DASHES[1]);
  }

  private static BasicStroke stroke(float[] dash) {
    return new BasicStroke(
        LINE_WIDTH,
        BasicStroke.CAP_ROUND,
        BasicStroke.JOIN_ROUND,
        1,
        dash.length == 0 ? null : dash,
        0);
  }

  static void style(Chart<? extends AxesChartStyler, ?> chart, Axes axes) {
    chart.setTitle(axes.title());
    chart.setXAxisTitle(axes.x());
    chart.setYAxisTitle(axes.y());
    AxesChartStyler styler = chart.getStyler();
    Color grid = new Color(0xE0E0E0);
    styler.setBaseFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 15));
    styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
    styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    styler.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    styler.setChartTitleVisible(!axes.title().isEmpty()).setChartTitleBoxVisible(false);
    styler.setChartBackgroundColor(Color.WHITE).setPlotBackgroundColor(Color.WHITE);
    styler.setPlotBorderVisible(false).setLegendBorderColor(grid);
    styler.setPlotGridLinesColor(grid).setPlotGridLinesStroke(new BasicStroke(1));
    styler.setChartPadding(14).setLegendPosition(Styler.LegendPosition.OutsideS);
    styler.setLegendLayout(Styler.LegendLayout.Horizontal);
    styler.setAnnotationLineColor(Color.DARK_GRAY).setAnnotationLineStroke(dashed());
    styler.setLocale(Locale.ROOT).setXAxisLogarithmic(axes.logX());
    styler.setAntiAlias(true).setMarkerSize(8);
  }

  /**
   * Draws a chart and writes it as PNG.
   *
   * @throws IOException if the file cannot be written, or this Java has no fonts to draw with
   */
  static void write(Path file, Supplier<Chart<?, ?>> drawing) throws IOException {
    // Without it AWT looks for a display wherever DISPLAY is set, and fails if it cannot reach it.
    if (System.getProperty("java.awt.headless") == null) {
      System.setProperty("java.awt.headless", "true");
    }
    byte[] png;
    try {
      png = png(drawing.get());
    } catch (LinkageError | InternalError | IllegalStateException e) {
      throw new IOException(
          file
              + ": expected a Java with AWT and fonts to draw with, got "
              + e
              + "; install fontconfig and a font, or do without the chart",
          e);
    }
    AtomicFile.writeBytes(file, png);
  }

  private static byte[] png(Chart<?, ?> chart) throws IOException {
    if (chart.getSeriesMap().size() > BELOW) {
      chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
      chart.getStyler().setLegendLayout(Styler.LegendLayout.Vertical);
    }
    int width = chart.getWidth();
    int height = chart.getHeight();
    BufferedImage image =
        new BufferedImage(width * SCALE, height * SCALE, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    try {
      graphics.scale(SCALE, SCALE);
      chart.paint(graphics, width, height);
    } finally {
      graphics.dispose();
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }
}
