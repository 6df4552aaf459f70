/**
 * Charts as PNG files, drawn without a display: {@link io.github.bn4j.chart.LineChart} for curves,
 * {@link io.github.bn4j.chart.BarChart} for values side by side, {@link
 * io.github.bn4j.chart.RooflineChart} for what was reached against what is possible.
 *
 * <p>Colours are those of Okabe and Ito, "Color Universal Design" (2008), which people with any
 * common kind of colour blindness can tell apart; markers and dashes differ too, for print. XChart
 * draws; this package alone knows it, and it is an optional dependency, for the command line.
 */
@NullMarked
package io.github.bn4j.chart;

import org.jspecify.annotations.NullMarked;
