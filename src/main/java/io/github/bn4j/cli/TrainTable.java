package io.github.bn4j.cli;

import io.github.bn4j.train.EpochResult;
import io.github.bn4j.train.data.DataSet;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** What a training came to, epoch by epoch, with and without batch normalization side by side. */
final class TrainTable {
  private final Screen screen;

  TrainTable(Screen screen) {
    this.screen = screen;
  }

  void print(String network, DataSet data, String engine, List<TrainingRun.Outcome> outcomes) {
    PrintWriter out = screen.out();
    out.printf(
        "%s on %s: %d images to train, %d to test; %s%n%n",
        screen.strong(network), data.name(), data.train().count(), data.test().count(), engine);
    StringBuilder head = new StringBuilder("epoch");
    for (TrainingRun.Outcome outcome : outcomes) {
      String norm = outcome.norm().equals("none") ? "no norm" : "batch norm";
      head.append(
          "   %-10s %8s %8s %8s %8s".formatted(norm, "loss", "train %", "test %", "images/s"));
    }
    out.println(screen.strong(head.toString()));
    int epochs = outcomes.stream().mapToInt(one -> one.results().size()).max().orElse(0);
    for (int e = 0; e < epochs; e++) {
      out.printf("%5d", e + 1);
      for (TrainingRun.Outcome outcome : outcomes) {
        out.print(e < outcome.results().size() ? cells(outcome.results().get(e)) : " ".repeat(49));
      }
      out.println();
    }
    out.println();
    for (TrainingRun.Outcome outcome : outcomes) {
      double seconds = outcome.results().stream().mapToDouble(EpochResult::seconds).sum();
      out.printf(
          Locale.ROOT,
          "%s: %.1f s of training%s%n",
          outcome.norm().equals("none") ? "no norm" : "batch norm",
          seconds,
          outcome.complete() ? "" : ", stopped before its end");
    }
  }

  private static String cells(EpochResult result) {
    return String.format(
        Locale.ROOT,
        "   %-10s %8.4f %8.2f %8.2f %8.0f",
        "",
        result.loss(),
        100 * result.trainAccuracy(),
        100 * result.testAccuracy(),
        result.imagesPerSecond());
  }
}
