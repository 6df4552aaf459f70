package io.github.bn4j.cli;

import io.github.bn4j.api.Backends;
import io.github.bn4j.backend.Backend;
import io.github.bn4j.train.Engines;
import io.github.bn4j.train.Workload;
import io.github.bn4j.train.data.DataSet;
import io.github.bn4j.train.data.DataSets;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** {@code verify --workload}: whole trainings on each backend, compared with the reference's. */
final class WorkloadCheck {
  private static final List<String> NETWORKS = List.of("mlp", "cnn");

  private final Screen screen;
  private final JsonOption json;
  private final int threads;

  WorkloadCheck(Screen screen, JsonOption json, int threads) {
    this.screen = screen;
    this.json = json;
    this.threads = threads;
  }

  /** The form of {@code --json}. */
  private record Report(
      String version,
      Machine machine,
      List<String> command,
      int steps,
      boolean holds,
      List<Workload.Finding> findings) {}

  int run(List<Backend> backends, int steps) throws IOException {
    List<String> names =
        backends.stream()
            .filter(one -> one.available().isYes() && !one.name().equals("reference"))
            .map(Backend::name)
            .filter(WorkloadCheck::hasEngine)
            .toList();
    if (names.isEmpty()) {
      throw Failure.notAvailable(
          "--backend: expected one to compare with the reference that this machine has, got none");
    }
    DataSet data = DataSets.open(DataSets.EMBEDDED, Path.of(""));
    List<Workload.Finding> findings = new ArrayList<>();
    try (Bar bar = Bar.open(screen, "verify")) {
      int done = 0;
      int all = NETWORKS.size() * (names.size() + 1);
      for (String network : NETWORKS) {
        bar.at(done++, all, network + ", reference");
        Workload workload = new Workload(network, steps, data, threads);
        for (String name : names) {
          bar.at(done++, all, network + ", " + name);
          findings.addAll(workload.compare(name));
        }
      }
    }
    boolean holds = findings.stream().allMatch(Workload.Finding::holds);
    json.report(
        screen,
        new Report(Version.text(), Machine.here(), screen.arguments(), steps, holds, findings),
        () -> print(findings, steps, holds));
    return holds ? ExitCodes.OK : ExitCodes.CHECK_FAILED;
  }

  private static boolean hasEngine(String backend) {
    return Engines.all().stream()
        .anyMatch(
            one ->
                one.available().isYes() && one.onDevice() == Backends.byName(backend).onDevice());
  }

  private void print(List<Workload.Finding> findings, int steps, boolean holds) {
    List<Table.Field<Workload.Finding>> fields =
        List.of(
            Table.Field.word("network", Workload.Finding::network),
            Table.Field.word("backend", Workload.Finding::backend),
            Table.Field.word("after training", Workload.Finding::what),
            Table.Field.number("difference", each -> number(each.difference())),
            Table.Field.<Workload.Finding>number("bound", each -> number(each.bound()))
                .badWhere(each -> !each.holds()));
    Table.of(fields, findings).print(screen);
    screen
        .out()
        .printf(
            "%s: %d steps of 32 images, compared with the reference's; Euclidean length of the"
                + " difference in proportion to that of the values%n",
            holds ? screen.good("OK") : screen.bad("FAILED"), steps);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1e", value);
  }
}
