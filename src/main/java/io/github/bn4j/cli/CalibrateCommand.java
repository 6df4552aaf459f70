package io.github.bn4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Recalibrates running statistics. */
@Command(
    name = "calibrate",
    description = {
      "Sets the running statistics of a checkpoint of 'bn4j train' to the exact mean and variance"
          + " over all training images, one batch norm after the other, and writes another"
          + " checkpoint.",
      "",
      "The running averages that training leaves lag behind the parameters; this removes the lag."
    },
    footer = {"  bn4j calibrate mlp.safetensors --output calibrated.safetensors"})
final class CalibrateCommand implements Callable<Integer> {
  @Mixin private final Screen screen = new Screen();
  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final TrainedOptions trained = new TrainedOptions();

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      description = "A .safetensors file, written or replaced as a whole.")
  private Path output = Path.of("");

  /** The form of {@code --json}. */
  private record Report(
      String network, String data, int images, double before, double after, String output) {}

  @Override
  public Integer call() throws IOException {
    json.check();
    TensorFiles.checkCheckpoints("CHECKPOINT", trained.checkpoint(), output);
    Report report;
    try (TrainedNetwork network = trained.open()) {
      if (!network.isNormalized()) {
        throw Failure.badInput(
            "%s: expected a network with batch norms, got one without"
                .formatted(trained.checkpoint()));
      }
      double before = network.evaluate().accuracy();
      try (Bar bar = Bar.open(screen, "calibrate")) {
        network.calibrate(bar::at);
      }
      network.write(output);
      report =
          new Report(
              network.name(),
              network.images().name(),
              network.images().train().count(),
              before,
              network.evaluate().accuracy(),
              output.toString());
    }
    json.report(screen, report, () -> print(report));
    return ExitCodes.OK;
  }

  private void print(Report report) {
    screen
        .out()
        .printf(
            Locale.ROOT,
            "%s calibrated over %d images of %s: %.2f %% of the test images right, %.2f %%"
                + " before; written to %s%n",
            screen.strong(report.network()),
            report.images(),
            report.data(),
            100 * report.after(),
            100 * report.before(),
            report.output());
  }
}
