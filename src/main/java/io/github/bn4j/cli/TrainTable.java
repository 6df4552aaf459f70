package io.github.bn4j.cli;

import io.github.bn4j.train.EpochResult;
import io.github.bn4j.train.data.DataSet;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

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
    List<Table.Field<Integer>> fields = new ArrayList<>();
    fields.add(Table.Field.number("epoch", epoch -> Integer.toString(epoch + 1)));
    outcomes.forEach(outcome -> addFields(fields, outcome));
    int epochs = outcomes.stream().mapToInt(one -> one.results().size()).max().orElse(0);
    Table.of(fields, IntStream.range(0, epochs).boxed().toList()).print(screen);
    out.println();
    for (TrainingRun.Outcome outcome : outcomes) {
      double seconds = outcome.results().stream().mapToDouble(EpochResult::seconds).sum();
      out.printf(
          Locale.ROOT,
          "%s: %.1f s of training%s%n",
          label(outcome),
          seconds,
          outcome.complete() ? "" : ", stopped before its end");
    }
  }

  private static String label(TrainingRun.Outcome outcome) {
    return outcome.norm().equals("none") ? "no norm" : "batch norm";
  }

  /** The columns of one network, under its name; a run that was stopped has fewer rows. */
  private static void addFields(List<Table.Field<Integer>> fields, TrainingRun.Outcome outcome) {
    fields.add(Table.Field.word("  " + label(outcome), epoch -> ""));
    fields.add(number("    loss", "%.4f", outcome, EpochResult::loss));
    fields.add(number("train %", "%.2f", outcome, result -> 100 * result.trainAccuracy()));
    fields.add(number("test %", "%.2f", outcome, result -> 100 * result.testAccuracy()));
    fields.add(number("images/s", "%.0f", outcome, EpochResult::imagesPerSecond));
  }

  private static Table.Field<Integer> number(
      String title,
      String format,
      TrainingRun.Outcome outcome,
      ToDoubleFunction<EpochResult> value) {
    List<EpochResult> results = outcome.results();
    return Table.Field.number(
        title,
        epoch ->
            epoch < results.size()
                ? String.format(Locale.ROOT, format, value.applyAsDouble(results.get(epoch)))
                : "");
  }
}
