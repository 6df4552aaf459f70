package io.github.bn4j.cli;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.Support;
import io.github.bn4j.backend.ptx.PtxBackend;
import io.github.bn4j.backend.ptx.TunedFile;
import io.github.bn4j.backend.ptx.TunedTiers;
import io.github.bn4j.bench.Benchmark;
import io.github.bn4j.bench.BenchmarkCase;
import io.github.bn4j.bench.BenchmarkListener;
import io.github.bn4j.bench.BenchmarkOptions;
import io.github.bn4j.bench.Tuner;
import io.github.bn4j.cuda.CudaDevice;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Finds the fastest ways of a device. */
@Command(
    name = "tune",
    description = {
      "Measures on this GPU the ways in which the ptx backend can do a pass over batch statistics"
          + " (its tiers: block, cluster, grid, two-pass; x: blocks that share a group of channels,"
          + " t: threads of a block, g: channels of a group), and keeps the fastest in a file that"
          + " later plans of the same device, driver and kernels consult.",
      "",
      "Without such a file the choice is made by rule, which suits most devices. BN4J_TUNED=off"
          + " (or -Dbn4j.tuned=off) makes plans ignore the file, BN4J_TUNED=FILE names another."
    },
    footer = {
      "  bn4j tune",
      "  bn4j tune --suite resnet50 --dtype f16 --layout nhwc",
      "  bn4j tune --shapes 64x256x56x56 --op backward --output tuned.txt"
    })
final class TuneCommand implements Callable<Integer> {
  @Mixin private final Screen screen = new Screen();
  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final CaseOptions caseOptions = new CaseOptions();

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description =
          "Add to this file. Default: the one that plans consult, bn4j/tuned.txt in the user's"
              + " folder for configuration.")
  private @Nullable Path output;

  @Option(
      names = "--warm",
      description =
          "Measure with the same tensors again and again, which small ones survive in a cache."
              + " Default: rotate them (cold).")
  private boolean warm;

  /** The form of {@code --json}. */
  private record Report(String device, String file, List<Pass> passes, List<String> notTuned) {}

  /**
   * A pass, as a line of the file names it.
   *
   * @param timesFaster time of the rule's way over that of the fastest
   * @param measured microseconds by way
   */
  private record Pass(
      String pass,
      String fastest,
      String byRule,
      double timesFaster,
      Map<String, Double> measured) {
    static Pass of(Tuner.Trial trial) {
      Map<String, Double> us = new LinkedHashMap<>();
      trial.us().forEach((way, median) -> us.put(way.label(), median));
      return new Pass(trial.pass(), trial.best().label(), trial.usual().label(), trial.gain(), us);
    }
  }

  @Override
  public Integer call() throws IOException {
    json.check();
    List<BenchmarkCase> cases = caseOptions.overBatchStatistics();
    Support support = new PtxBackend().available();
    if (!support.isYes()) {
      throw Failure.notAvailable("tune: " + support.reason());
    }
    Path file = target();
    TunedFile tuned = existing(file);
    CudaDevice device = CudaStream.of(PlanOptions.DEFAULT).context().device();
    List<String> left = new ArrayList<>();
    List<Tuner.Trial> trials = measure(cases, device, left);
    left.forEach(line -> screen.err().println("not tuned: " + line));
    String section = TunedFile.section(device);
    trials.forEach(trial -> tuned.put(section, trial.pass(), trial.entry()));
    if (!trials.isEmpty()) {
      AtomicFile.writeText(file, tuned.text());
    }
    Report report =
        new Report(
            device.describe(), file.toString(), trials.stream().map(Pass::of).toList(), left);
    json.report(screen, report, () -> print(trials, report));
    return ExitCodes.OK;
  }

  /** Where to write, and before that, whether it can be. */
  private Path target() throws IOException {
    if (output != null) {
      OutputFile.check("--output", output);
      return output;
    }
    Path consulted = TunedTiers.file();
    if (consulted == null) {
      throw Failure.badInput(
          "tune: tuned tiers are turned off by %s or %s; name a file with --output"
              .formatted(TunedTiers.VARIABLE, TunedTiers.PROPERTY));
    }
    Path folder = consulted.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    return consulted;
  }

  private static TunedFile existing(Path file) throws IOException {
    if (!Files.exists(file)) {
      return new TunedFile();
    }
    try {
      return TunedFile.parse(Files.readString(file));
    } catch (IllegalArgumentException e) {
      throw Failure.badInput(
          file
              + ": expected a file of bn4j tune to add to, got another: "
              + e.getMessage()
              + "; delete it, or name another with --output",
          e);
    }
  }

  private List<Tuner.Trial> measure(
      List<BenchmarkCase> cases, CudaDevice device, List<String> left) {
    Tuner tuner = new Tuner(new Benchmark(BenchmarkOptions.DEFAULT.withCold(!warm)), device);
    List<Tuner.Trial> trials = new ArrayList<>();
    try (Bar bar = Bar.open(screen, "tune")) {
      for (BenchmarkCase each : cases) {
        bar.at(cases.indexOf(each), cases.size(), each.describe());
        Tuner.Trial trial =
            tuner.measure(
                each,
                new BenchmarkListener() {
                  @Override
                  public void skipped(String what, String reason) {
                    left.add(what + ": " + reason);
                  }
                });
        if (trial != null) {
          trials.add(trial);
        }
      }
    }
    return trials;
  }

  private static String gain(double gain) {
    return Double.isNaN(gain) ? "-" : String.format(Locale.ROOT, "%.2f", gain);
  }

  private void print(List<Tuner.Trial> trials, Report report) {
    if (trials.isEmpty()) {
      screen.out().println("nothing to choose: every pass can be done in one way only");
      return;
    }
    List<Table.Field<Tuner.Trial>> fields =
        List.of(
            Table.Field.word("pass", Tuner.Trial::pass),
            Table.Field.word("fastest", trial -> trial.best().label()),
            Table.Field.word("by rule", trial -> trial.usual().label()),
            Table.Field.number("x faster", trial -> gain(trial.gain())),
            Table.Field.word("measured", Tuner.Trial::note));
    Table.of(fields, trials).print(screen);
    screen.out().println();
    screen.out().printf("%d passes of %s in %s%n", trials.size(), report.device(), report.file());
  }
}
