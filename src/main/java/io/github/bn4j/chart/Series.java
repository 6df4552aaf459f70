package io.github.bn4j.chart;

import java.util.Comparator;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Points with a name, for the legend. A y that is not finite leaves a gap.
 *
 * @param name unique in its chart
 * @param x positions, finite
 * @param y values, as many as positions
 */
public record Series(String name, List<Double> x, List<Double> y) {
  /** Checks that there are points, and as many values as positions. */
  public Series {
    x = List.copyOf(x);
    y = List.copyOf(y);
    if (x.isEmpty() || x.size() != y.size()) {
      throw new IllegalArgumentException(
          "series %s: expected as many values as positions and at least one, got %d and %d"
              .formatted(name, y.size(), x.size()));
    }
    for (double position : x) {
      if (!Double.isFinite(position)) {
        throw new IllegalArgumentException(
            "series %s: expected finite positions, got %s".formatted(name, position));
      }
    }
  }

  /** Points given by arrays of the same length. */
  public static Series of(String name, double[] x, double[] y) {
    return new Series(name, boxed(x), boxed(y));
  }

  /** Values at 1, 2, 3 and so on: epochs. */
  public static Series ofValues(String name, double... y) {
    return new Series(
        name, IntStream.rangeClosed(1, y.length).mapToObj(i -> (double) i).toList(), boxed(y));
  }

  private static List<Double> boxed(double[] values) {
    return DoubleStream.of(values).boxed().toList();
  }

  /** The same points in the order of their positions. */
  Series sorted() {
    List<Integer> order =
        IntStream.range(0, x.size()).boxed().sorted(Comparator.comparing(x::get)).toList();
    return new Series(
        name, order.stream().map(x::get).toList(), order.stream().map(y::get).toList());
  }

  /** Indices of the points whose position the axes can show. */
  int[] places(Axes axes) {
    return IntStream.range(0, x.size()).filter(i -> !axes.logX() || x.get(i) > 0).toArray();
  }

  /** The value of a point; NaN, which is drawn as a gap, if it is not finite. */
  double shown(int i) {
    double value = y.get(i);
    return Double.isFinite(value) ? value : Double.NaN;
  }
}
