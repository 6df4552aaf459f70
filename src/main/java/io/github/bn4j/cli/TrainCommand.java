package io.github.bn4j.cli;

import io.github.bn4j.train.Engines;
import io.github.bn4j.train.EpochResult;
import io.github.bn4j.train.Training;
import io.github.bn4j.train.TrainingFiles;
import io.github.bn4j.train.data.DataSet;
import io.github.bn4j.train.data.DataSets;
import io.github.bn4j.train.engine.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Trains a network. */
@Command(
    name = "train",
    description = {
      "Trains a network on images, with batch normalization, without, or both one after the other.",
      "",
      "NETWORK is one of",
      "  mlp       dense 64, 64, 10, batch norm and ReLU after the first two",
      "  mlp-wide  dense 50, 10",
      "  cnn       convolutions of 32, 64, 64 with ReLU, batch norm after the first",
      "            two, dense 64, 10",
      "  deep      AlexNet's convolutions and wide dense layers, batch norm after",
      "            each, dropout",
      "  rnn       a recurrent layer over the rows of an image, batch norm in each step",
      "",
      "The same options give the same bits on one backend, machine and number of threads. Ctrl-C"
          + " ends a run after the current step; with --checkpoint it can be resumed with the same"
          + " result as if it had not been stopped."
    },
    footer = {
      "  bn4j train cnn",
      "  bn4j train mlp --data mnist --norm both --chart mlp.png",
      "  bn4j train cnn --checkpoint cnn.safetensors --epochs 10",
      "  bn4j train cnn --resume cnn.safetensors --checkpoint cnn.safetensors \\",
      "    --epochs 10"
    })
final class TrainCommand implements Callable<Integer> {
  @Mixin private final Screen screen = new Screen();
  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final DataOption data = new DataOption();
  @Mixin private final TrainOptions options = new TrainOptions();

  @Parameters(paramLabel = "NETWORK", description = "mlp, mlp-wide, cnn, deep or rnn.")
  private String network = "";

  @Option(
      names = "--norm",
      paramLabel = "WHICH",
      defaultValue = "batch",
      description =
          "batch, none (the same network without batch norm) or both. Default: ${DEFAULT-VALUE}.")
  private String norm = "batch";

  @Mixin private final BackendOption backend = new BackendOption();
  @Mixin private final ThreadsOption threads = new ThreadsOption();

  @Option(names = "--limit", paramLabel = "N", description = "Train on the first N images only.")
  private @Nullable Integer limit;

  @Option(
      names = "--checkpoint",
      paramLabel = "FILE",
      description =
          "Write parameters by PyTorch's names to FILE, a .safetensors, after each epoch, and all"
              + " that resuming needs to the file .resume.safetensors beside it.")
  private @Nullable Path checkpoint;

  @Option(
      names = "--resume",
      paramLabel = "FILE",
      description = "Go on where the run with this --checkpoint was.")
  private @Nullable Path resume;

  @Option(
      names = "--chart",
      paramLabel = "FILE",
      description = "Draw the accuracy on the test images by epoch: a .png.")
  private @Nullable Path chart;

  /** The form of {@code --json}. */
  private record JsonReport(
      String version,
      Machine machine,
      List<String> command,
      String network,
      String data,
      int images,
      String engine,
      String backend,
      boolean complete,
      List<JsonRun> runs) {}

  private record JsonRun(String norm, List<EpochResult> epochs) {}

  @Override
  public Integer call() throws IOException {
    check();
    DataSet images = data.open(DataSets.EMBEDDED);
    if (limit != null) {
      images = images.limited(limit);
    }
    Engines.Choice choice = backend.engine();
    List<TrainingRun.Outcome> outcomes = new ArrayList<>();
    String engineName;
    try (Engine engine = choice.open(threads.plan())) {
      engineName = engine.name();
      for (boolean normalized : norms()) {
        if (outcomes.stream().allMatch(TrainingRun.Outcome::complete)) {
          outcomes.add(run(engine, choice.backend(), images, normalized));
        }
      }
    }
    String by = engineName + ", batch norm " + choice.backend();
    DataSet trained = images;
    json.report(
        screen,
        report(images, engineName, choice.backend(), outcomes),
        () -> new TrainTable(screen).print(network, trained, by, outcomes));
    if (chart != null) {
      TrainChart.write(chart, network + " on " + images.name(), outcomes);
    }
    return ExitCodes.OK;
  }

  private TrainingRun.Outcome run(
      Engine engine, String backendName, DataSet images, boolean normalized) throws IOException {
    try (Training training =
            new Training(options.spec(network, normalized), images, engine, backendName);
        Bar bar = Bar.open(screen, network + (normalized ? "" : ", no norm"))) {
      if (resume != null) {
        files(resume, normalized).read(training, images.name());
      }
      TrainingFiles files = checkpoint == null ? null : files(checkpoint, normalized);
      return new TrainingRun(training, images.name(), files).run(bar);
    }
  }

  private void check() {
    json.check();
    if (!List.of("batch", "none", "both").contains(norm.toLowerCase(Locale.ROOT))) {
      throw Failure.badInput("--norm: expected batch, none or both, got \"" + norm + "\"");
    }
    if (options.frozen() && resume == null) {
      throw Failure.badInput(
          "--freeze-norm: expected --resume FILE, since a new network has no running statistics,"
              + " got none");
    }
    if (limit != null && limit < 2) {
      throw Failure.badInput("--limit: expected at least 2 images, got " + limit);
    }
    if (checkpoint != null) {
      OutputFile.check("--checkpoint", files(checkpoint, true).checkpoint());
    }
    if (chart != null) {
      OutputFile.checkPng("--chart", chart);
    }
    norms().forEach(normalized -> options.spec(network, normalized));
  }

  private List<Boolean> norms() {
    return switch (norm.toLowerCase(Locale.ROOT)) {
      case "both" -> List.of(true, false);
      case "none" -> List.of(false);
      default -> List.of(true);
    };
  }

  /** With both networks in one run, the second has files of its own. */
  private TrainingFiles files(Path file, boolean normalized) {
    TrainingFiles files = new TrainingFiles(file);
    return norms().size() == 2 && !normalized ? files.withoutNorm() : files;
  }

  private JsonReport report(
      DataSet images, String engine, String backendName, List<TrainingRun.Outcome> outcomes) {
    return new JsonReport(
        Version.text(),
        Machine.here(),
        screen.arguments(),
        network,
        images.name(),
        images.train().count(),
        engine,
        backendName,
        outcomes.stream().allMatch(TrainingRun.Outcome::complete),
        outcomes.stream().map(one -> new JsonRun(one.norm(), one.results())).toList());
  }
}
