package io.github.bn4j.chart;

/**
 * What a chart is called, and what its axes show.
 *
 * @param title the heading; may be empty
 * @param x label of the horizontal axis, with its unit
 * @param y label of the vertical axis, with its unit
 * @param logX true for a logarithmic horizontal axis, which shows positive numbers only
 */
public record Axes(String title, String x, String y, boolean logX) {
  /** Two linear axes. */
  public static Axes linear(String title, String x, String y) {
    return new Axes(title, x, y, false);
  }

  /** These axes, the horizontal one logarithmic. */
  public Axes withLogX() {
    return new Axes(title, x, y, true);
  }
}
