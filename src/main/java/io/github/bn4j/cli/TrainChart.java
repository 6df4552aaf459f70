package io.github.bn4j.cli;

import io.github.bn4j.chart.Axes;
import io.github.bn4j.chart.LineChart;
import io.github.bn4j.chart.Series;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The accuracy on the test images by epoch, one curve per network. */
final class TrainChart {
  private TrainChart() {}

  static void write(Path file, String title, List<TrainingRun.Outcome> outcomes)
      throws IOException {
    List<Series> curves = new ArrayList<>();
    for (TrainingRun.Outcome outcome : outcomes) {
      String name = outcome.norm().equals("none") ? "without batch norm" : "with batch norm";
      curves.add(
          Series.ofValues(
              name,
              outcome.results().stream().mapToDouble(one -> 100 * one.testAccuracy()).toArray()));
    }
    if (outcomes.stream().anyMatch(one -> !one.results().isEmpty())) {
      LineChart.write(file, Axes.linear(title, "epoch", "test accuracy, %"), curves);
    }
  }
}
