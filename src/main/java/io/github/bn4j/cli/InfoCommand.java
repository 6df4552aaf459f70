package io.github.bn4j.cli;

import io.github.bn4j.api.Backends;
import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.Support;
import io.github.bn4j.backend.cudnn.CudnnBackend;
import io.github.bn4j.cuda.CudaProbe;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Shows the machine and the backends; succeeds on every machine. */
@Command(
    name = "info",
    description = {
      "Shows this machine and its backends: for each one yes, or why not and what to do.",
      "The order is the one in which 'auto' takes the first that can."
    },
    footer = {"  bn4j info", "  bn4j info --json"})
final class InfoCommand implements Callable<Integer> {
  @Mixin private final Screen screen = new Screen();

  @Mixin private final JsonOption json = new JsonOption();

  /**
   * The form of {@code --json}.
   *
   * @param reason why not and what to do; null if available
   */
  private record BackendReport(String name, boolean available, @Nullable String reason) {
    static BackendReport of(Backend backend) {
      Support support = backend.available();
      return new BackendReport(backend.name(), support.isYes(), support.reason());
    }

    String withoutName() {
      String text = String.valueOf(reason);
      return text.startsWith(name + ": ") ? text.substring(name.length() + 2) : text;
    }
  }

  /**
   * A GPU.
   *
   * @param description name, architecture, multiprocessors and memory
   */
  private record DeviceReport(int ordinal, String description) {
    static List<DeviceReport> all() {
      return CudaProbe.get().devices().stream()
          .map(device -> new DeviceReport(device.ordinal(), device.describe()))
          .toList();
    }
  }

  /**
   * The form of {@code --json}.
   *
   * @param driverCuda the CUDA version of the NVIDIA driver; null if there is none
   * @param cudnn version and file of cuDNN; "none" if there is none
   */
  private record Report(
      String version,
      Machine machine,
      @Nullable String driverCuda,
      String cudnn,
      List<DeviceReport> devices,
      List<BackendReport> backends) {}

  @Override
  public Integer call() throws IOException {
    json.check();
    Report report =
        new Report(
            Version.text(),
            Machine.here(),
            CudaProbe.get().driverCuda(),
            CudnnBackend.library(),
            DeviceReport.all(),
            Backends.all().stream().map(BackendReport::of).toList());
    json.report(screen, report, () -> print(report));
    return ExitCodes.OK;
  }

  private void print(Report report) {
    PrintWriter out = screen.out();
    Machine machine = report.machine();
    out.printf("%s %s%n", screen.strong("bn4j"), report.version());
    out.printf(
        "%-10s %s, %s, %d processors%n",
        "machine", machine.os(), machine.processor(), machine.processors());
    out.printf(
        "%-10s %s, heap up to %d MiB, vector module %s%n",
        "java",
        machine.java(),
        machine.heapMib(),
        machine.vectorModule() ? "on" : "off (add --add-modules jdk.incubator.vector)");
    if (report.driverCuda() != null) {
      out.printf("%-10s CUDA %s, %s%n", "driver", report.driverCuda(), report.cudnn());
    }
    for (DeviceReport device : report.devices()) {
      out.printf("%-10s %s%n", "device " + device.ordinal(), device.description());
    }
    out.println();
    out.println(screen.strong("backends"));
    for (BackendReport backend : report.backends()) {
      out.printf(
          "%-16s %s%n",
          backend.name(),
          backend.available()
              ? screen.good("yes")
              : screen.bad("no") + "   " + backend.withoutName());
    }
  }
}
