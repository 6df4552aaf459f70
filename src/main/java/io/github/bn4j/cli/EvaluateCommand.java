package io.github.bn4j.cli;

import io.github.bn4j.train.Evaluation;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Tests a trained network. */
@Command(
    name = "evaluate",
    description = {
      "Tests a checkpoint of 'bn4j train' on the test images: mean loss and share of right answers.",
      "",
      "Batch norm uses the running statistics. A checkpoint whose batch norms 'bn4j fold' has"
          + " folded into the layers before them is run without them."
    },
    footer = {
      "  bn4j evaluate cnn.safetensors",
      "  bn4j evaluate mlp.safetensors --data mnist --json"
    })
final class EvaluateCommand implements Callable<Integer> {
  @Mixin private final Screen screen = new Screen();
  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final TrainedOptions trained = new TrainedOptions();

  /** The form of {@code --json}. */
  private record Report(
      String checkpoint,
      String network,
      String data,
      boolean normalized,
      int images,
      double loss,
      double accuracy) {}

  @Override
  public Integer call() throws IOException {
    json.check();
    trained.check();
    Report report;
    try (TrainedNetwork network = trained.open()) {
      Evaluation.Result result = network.evaluate();
      report =
          new Report(
              trained.checkpoint().toString(),
              network.name(),
              network.images().name(),
              network.isNormalized(),
              result.images(),
              result.loss(),
              result.accuracy());
    }
    json.report(screen, report, () -> print(report));
    return ExitCodes.OK;
  }

  private void print(Report report) {
    screen
        .out()
        .printf(
            Locale.ROOT,
            "%s on %d test images of %s: loss %.4f, %.2f %% right%n",
            screen.strong(report.network()),
            report.images(),
            report.data(),
            report.loss(),
            100 * report.accuracy());
  }
}
