package io.github.bn4j.cli;

import io.github.bn4j.api.Backends;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.io.NamedTensors;
import io.github.bn4j.io.Safetensors;
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
  @Mixin private final DataOption data = new DataOption();

  @Parameters(paramLabel = "CHECKPOINT", description = "A .safetensors file of 'bn4j train'.")
  private Path checkpoint = Path.of("");

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      defaultValue = Backends.AUTO,
      description =
          "Who normalizes: auto, reference, cpu, ptx or cudnn. Default: ${DEFAULT-VALUE}.")
  private String backend = Backends.AUTO;

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
    NamedTensors tensors = Safetensors.read(checkpoint);
    NetworkDescription description = NetworkDescription.read(checkpoint, tensors);
    DataSet images = data.open(description.data());
    Engines.Choice choice = BackendNames.engine(backend);
    Report report;
    try (Engine engine = choice.open(PlanOptions.DEFAULT);
        Network network =
            new Network(description.architecture(tensors), engine, choice.backend(), 0)) {
      network.load(tensors);
      try (Evaluation evaluation = new Evaluation(network, engine, images.test())) {
        Evaluation.Result result = evaluation.run();
        report =
            new Report(
                checkpoint.toString(),
                description.network(),
                images.name(),
                network.architecture().isNormalized(),
                result.images(),
                result.loss(),
                result.accuracy());
      }
    }
    if (!json.printsInstead()) {
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
    json.write(screen, report);
    return ExitCodes.OK;
  }
}
