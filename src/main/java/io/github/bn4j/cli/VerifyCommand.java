package io.github.bn4j.cli;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.verify.Case;
import io.github.bn4j.verify.GoldenSample;
import io.github.bn4j.verify.GoldenSamples;
import io.github.bn4j.verify.Report;
import io.github.bn4j.verify.Row;
import io.github.bn4j.verify.Suite;
import io.github.bn4j.verify.Verifier;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Checks backends against the reference and against PyTorch's samples. */
@Command(
    name = "verify",
    description = {
      "Checks every backend of this machine against the reference in double precision and against"
          + " samples made with PyTorch, over modes, types, layouts, and ordinary and hostile"
          + " shapes and values.",
      "",
      "One line per backend and group of cases. 'worst' is the largest error in proportion to its"
          + " bound, with the index of that element in memory order; the bounds and their reasons"
          + " are in docs/numerics.md. The reference itself is compared with PyTorch's samples, and"
          + " with its own result of a second run."
    },
    footer = {
      "  bn4j verify",
      "  bn4j verify --backend cpu --suite full",
      "  bn4j verify --workload",
      "  bn4j verify --json report.json"
    })
final class VerifyCommand implements Callable<Integer> {
  @Mixin private final Screen screen = new Screen();
  @Mixin private final JsonOption json = new JsonOption();

  @Mixin private final BackendsOption names = new BackendsOption();

  @Option(
      names = "--suite",
      paramLabel = "SUITE",
      defaultValue = "quick",
      converter = Choices.OfSuite.class,
      description = "quick (seconds) or full (a minute or two). Default: ${DEFAULT-VALUE}.")
  private Suite suite = Suite.QUICK;

  @Option(
      names = "--only",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Only cases and samples whose name contains TEXT, such as bf16 or 1x2x25x41.")
  private String only = "";

  @Option(
      names = "--workload",
      arity = "0..1",
      fallbackValue = "200",
      paramLabel = "STEPS",
      description =
          "Instead train mlp and cnn on each backend for STEPS updates (200 without a number) and"
              + " compare loss, parameters and running statistics with the reference's.")
  private @Nullable Integer workloadSteps;

  @Mixin private final ThreadsOption threads = new ThreadsOption();

  /** The form of {@code --json}: the circumstances, and every result. */
  private record JsonReport(
      String version,
      Machine machine,
      List<String> command,
      String suite,
      boolean holds,
      List<JsonRow> rows) {}

  /** One result; numbers are null unless something was compared. */
  private record JsonRow(
      String backend,
      String group,
      String name,
      String what,
      String verdict,
      @Nullable Double worstError,
      @Nullable Double bound,
      @Nullable Long index,
      @Nullable String reason) {
    static JsonRow of(Row row) {
      var found = row.comparison();
      return new JsonRow(
          row.backend(),
          row.group(),
          row.name(),
          row.what(),
          row.verdict().name(),
          found == null ? null : found.worstError(),
          found == null ? null : found.bound(),
          found == null ? null : found.index(),
          row.reason());
    }
  }

  @Override
  public Integer call() throws IOException {
    json.check();
    if (workloadSteps != null) {
      if (workloadSteps < 1) {
        throw Failure.badInput("--workload: expected at least 1 step, got " + workloadSteps);
      }
      List<Backend> trained = names.chosen(backend -> true);
      return new WorkloadCheck(screen, json, threads.count()).run(trained, workloadSteps);
    }
    if (cases().isEmpty() && samples().isEmpty()) {
      throw Failure.badInput("--only: expected part of a name, got \"" + only + "\"; see --json");
    }
    List<Backend> backends = names.chosen(backend -> true);
    Report report;
    try (Bar bar = Bar.open(screen, "verify")) {
      Verifier verifier = new Verifier(backends, threads.plan());
      report = verifier.run(cases(), samples(), bar::at);
    }
    json.report(
        screen,
        new JsonReport(
            Version.text(),
            Machine.here(),
            screen.arguments(),
            suite.label(),
            report.holds(),
            report.rows().stream().map(JsonRow::of).toList()),
        () -> new VerifyTable(screen).print(report));
    for (Backend backend : backends) {
      if (names.areGiven() && report.computed(backend.name()) == 0) {
        throw Failure.notAvailable("--backend: " + backend.name() + " refused every case");
      }
    }
    return report.holds() ? ExitCodes.OK : ExitCodes.CHECK_FAILED;
  }

  private List<Case> cases() {
    return suite.cases().stream().filter(one -> one.name().contains(only)).toList();
  }

  private List<GoldenSample> samples() {
    return GoldenSamples.all().stream().filter(one -> one.name().contains(only)).toList();
  }
}
