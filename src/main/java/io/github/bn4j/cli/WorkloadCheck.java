package io.github.bn4j.cli;

import io.github.bn4j.api.Backends;
import io.github.bn4j.backend.Backend;
import io.github.bn4j.train.Engines;
import io.github.bn4j.train.Workload;
import io.github.bn4j.train.data.DataSet;
import io.github.bn4j.train.data.DataSets;
import java.io.IOException;
import java.io.PrintWriter;
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
    if (!json.printsInstead()) {
      print(findings, steps, holds);
    }
    json.write(
        screen,
        new Report(Version.text(), Machine.here(), screen.arguments(), steps, holds, findings));
    return holds ? ExitCodes.OK : ExitCodes.CHECK_FAILED;
  }

  private static boolean hasEngine(String backend) {
    return Engines.all().stream()
        .anyMatch(
            one ->
                one.available().isYes() && one.onDevice() == Backends.byName(backend).onDevice());
  }

  private void print(List<Workload.Finding> findings, int steps, boolean holds) {
    PrintWriter out = screen.out();
    String format = "%-8s %-16s %-18s %12s %12s%n";
    out.print(
        screen.strong(
            format.formatted("network", "backend", "after training", "difference", "bound")));
    for (Workload.Finding each : findings) {
      out.printf(
          format,
          each.network(),
          each.backend(),
          each.what(),
          number(each.difference()),
          each.holds() ? number(each.bound()) : screen.bad(number(each.bound())));
    }
    out.printf(
        "%s: %d steps of 32 images, compared with the reference's; Euclidean length of the"
            + " difference in proportion to that of the values%n",
        holds ? screen.good("OK") : screen.bad("FAILED"), steps);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1e", value);
  }
}
