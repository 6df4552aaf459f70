package io.github.bn4j.cli;

import io.github.bn4j.api.Backends;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.io.NamedTensors;
import io.github.bn4j.io.Safetensors;
import io.github.bn4j.train.Calibration;
import io.github.bn4j.train.Engines;
import io.github.bn4j.train.Evaluation;
import io.github.bn4j.train.NetworkDescription;
import io.github.bn4j.train.data.DataSet;
import io.github.bn4j.train.engine.Engine;
import io.github.bn4j.train.network.Network;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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
  @Mixin private final DataOption data = new DataOption();

  @Parameters(paramLabel = "CHECKPOINT", description = "A .safetensors file of 'bn4j train'.")
  private Path checkpoint = Path.of("");

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      description = "A .safetensors file, written or replaced as a whole.")
  private Path output = Path.of("");

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      defaultValue = Backends.AUTO,
      description =
          "Who normalizes: auto, reference, cpu, ptx or cudnn. Default: ${DEFAULT-VALUE}.")
  private String backend = Backends.AUTO;

  /** The form of {@code --json}. */
  private record Report(
      String network, String data, int images, double before, double after, String output) {}

  @Override
  public Integer call() throws IOException {
    json.check();
    TensorFiles.check(checkpoint, output);
    NamedTensors tensors = Safetensors.read(checkpoint);
    NetworkDescription description = NetworkDescription.read(checkpoint, tensors);
    DataSet images = data.open(description.data());
    Engines.Choice choice = Engines.choose(backend);
    Report report;
    try (Engine engine = choice.open(PlanOptions.DEFAULT);
        Network network =
            new Network(description.architecture(tensors), engine, choice.backend(), 0)) {
      if (network.norms().isEmpty()) {
        throw Failure.badInput(
            "%s: expected a network with batch norms, got one without".formatted(checkpoint));
      }
      network.load(tensors);
      double before = accuracy(network, engine, images);
      try (Calibration calibration = new Calibration(network, engine, images.train());
          Bar bar = Bar.open(screen, "calibrate")) {
        calibration.run(bar::at);
      }
      Safetensors.write(output, new NamedTensors(network.state().tensors(), tensors.metadata()));
      report =
          new Report(
              description.network(),
              images.name(),
              images.train().count(),
              before,
              accuracy(network, engine, images),
              output.toString());
    }
    print(report);
    return ExitCodes.OK;
  }

  private static double accuracy(Network network, Engine engine, DataSet images) {
    try (Evaluation evaluation = new Evaluation(network, engine, images.test())) {
      return evaluation.run().accuracy();
    }
  }

  private void print(Report report) throws IOException {
    if (!json.printsInstead()) {
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
    json.write(screen, report);
  }
}
