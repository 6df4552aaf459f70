package io.github.bn4j.cli;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.bench.Benchmark;
import io.github.bn4j.bench.BenchmarkCase;
import io.github.bn4j.bench.BenchmarkListener;
import io.github.bn4j.bench.BenchmarkOptions;
import io.github.bn4j.bench.BenchmarkRow;
import io.github.bn4j.bench.Peers;
import io.github.bn4j.io.AtomicFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures backends. */
@Command(
    name = "bench",
    description = {
      "Measures passes: median microseconds, GB/s of the memory traffic that cannot be avoided (2N"
          + " forward, 3N backward, N the bytes of a tensor), and that as a percentage of a copy of"
          + " the same tensor in the same run. At the end geometric means, each case weighted by how"
          + " often it occurs.",
      "",
      "Backends, peers and the copy take turns, so that a disturbance meets all. A GPU's time is"
          + " taken by events on the device, the processor's by its clock. The reference is"
          + " measured only if it is named.",
      "",
      "Shapes are batch x channels x spatial sizes whatever the layout: 32x64x56x56,128x512."
    },
    footer = {
      "  bn4j bench",
      "  bn4j bench --op forward-training,backward --shapes 32x256x56x56 --layout nhwc",
      "  bn4j bench --suite resnet50 --batch 64 --dtype f16 --layout nhwc --cold",
      "  bn4j bench --suite resnet50 --peers --markdown figures.md --chart figures.png",
      "  bn4j bench --op launch --backend ptx",
      "  bn4j bench --shapes shapes.txt --threads 2 --json figures.json"
    })
final class BenchCommand implements Callable<Integer> {
  @Mixin private final Screen screen = new Screen();
  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final BackendsOption names = new BackendsOption();
  @Mixin private final CaseOptions caseOptions = new CaseOptions();
  @Mixin private final PeerOptions peerOptions = new PeerOptions();

  @Mixin private final ThreadsOption threads = new ThreadsOption();

  @Option(
      names = "--cold",
      description =
          "Rotate tensors, so that none is found in a cache. Default: the same tensors again and"
              + " again (warm).")
  private boolean cold;

  @Option(
      names = "--groups",
      paramLabel = "N",
      defaultValue = "11",
      description = "Groups of calls, of which the median is taken. Default: ${DEFAULT-VALUE}.")
  private int groups;

  @Option(
      names = "--limit-bytes",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Leave out cases whose tensors take more bytes, and say so. Default: what the memory"
              + " holds.")
  private long limitBytes;

  @Option(
      names = "--markdown",
      paramLabel = "FILE",
      description = "Also write the tables as Markdown.")
  private @Nullable Path markdown;

  @Option(
      names = "--chart",
      paramLabel = "FILE",
      description =
          "Also draw the bandwidths as PNG, and with --peers the ratios into FILE-peers.png.")
  private @Nullable Path chart;

  @Override
  public Integer call() throws IOException {
    checkFiles();
    List<BenchmarkCase> cases = caseOptions.cases();
    // The reference is written to be read, not to be fast.
    List<Backend> backends =
        names.chosen(one -> one.available().isYes() && !one.name().equals("reference"));
    BenchmarkOptions options =
        BenchmarkOptions.DEFAULT
            .withThreads(threads.count())
            .withCold(cold)
            .withGroups(groups)
            .withLimit(limitBytes);
    LeftOut left = new LeftOut();
    BenchReport report;
    try (Peers peers = peerOptions.open(options.threadCount());
        Bar bar = Bar.open(screen, "bench")) {
      List<BenchmarkRow> rows =
          new Benchmark(options, PlanOptions.DEFAULT, null)
              .withPeers(peers)
              .run(backends, cases, listener(bar, left));
      report =
          BenchReport.of(
              rows, screen.arguments(), peers == null ? null : peers.describe(), left.lines());
    }
    left.folded().forEach(line -> screen.err().println("not measured: " + line));
    if (report.rows().isEmpty()) {
      throw Failure.notAvailable("--backend: none of them could be measured on any of the cases");
    }
    json.report(screen, report, () -> print(report, options));
    writeFiles(report, left);
    return ExitCodes.OK;
  }

  private void checkFiles() {
    json.check();
    if (markdown != null) {
      OutputFile.check("--markdown", markdown);
    }
    if (chart != null) {
      OutputFile.checkPng("--chart", chart);
    }
  }

  private void writeFiles(BenchReport report, LeftOut left) throws IOException {
    if (markdown != null) {
      AtomicFile.writeText(markdown, BenchMarkdown.of(report, left.folded()));
    }
    if (chart != null) {
      BenchCharts.write(report, chart).forEach(file -> screen.err().println("drawn: " + file));
    }
  }

  private static BenchmarkListener listener(Bar bar, LeftOut left) {
    return new BenchmarkListener() {
      @Override
      public void started(int done, int total, String what) {
        bar.at(done, total, what);
      }

      @Override
      public void skipped(String what, String reason) {
        left.add(what, reason);
      }
    };
  }

  private void print(BenchReport report, BenchmarkOptions options) {
    PrintWriter out = screen.out();
    report.rowTable().print(screen);
    out.println();
    report.meanTable().print(screen);
    out.println();
    out.printf("%d threads; %s%n", options.threadCount(), report.circumstances());
    if (report.peers() != null) {
      out.printf("peers: %s%n", report.peers());
    }
  }
}
