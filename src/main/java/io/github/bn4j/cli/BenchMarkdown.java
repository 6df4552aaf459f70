package io.github.bn4j.cli;

import java.util.ArrayList;
import java.util.List;

/** A benchmark's report as a page of Markdown: circumstances, means, measurements. */
final class BenchMarkdown {
  private BenchMarkdown() {}

  /**
   * The page.
   *
   * @param notMeasured a line for each reason
   */
  static String of(BenchReport report, List<String> notMeasured) {
    List<String> lines = new ArrayList<>();
    lines.add("# " + report.version() + ": bench");
    lines.add("");
    lines.add("    bn4j " + String.join(" ", report.command()));
    lines.add("");
    lines.add(
        "- "
            + report.machine().processor()
            + ", "
            + report.machine().processors()
            + " processors, "
            + report.machine().os());
    lines.add("- JDK " + report.jdk());
    report.devices().forEach(device -> lines.add("- " + device));
    if (report.driverCuda() != null) {
      lines.add("- NVIDIA driver for CUDA " + report.driverCuda());
    }
    if (report.peers() != null) {
      lines.add("- " + report.peers());
    }
    lines.add("- " + report.circumstances());
    lines.add("");
    lines.addAll(report.meanTable().markdown());
    lines.add("");
    lines.addAll(report.rowTable().markdown());
    if (!notMeasured.isEmpty()) {
      lines.add("");
      lines.add("Not measured:");
      lines.add("");
      notMeasured.forEach(line -> lines.add("- " + line));
    }
    return String.join("\n", lines) + "\n";
  }
}
