package io.github.bn4j.cli;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.bench.Benchmark;
import io.github.bn4j.bench.BenchmarkCase;
import io.github.bn4j.bench.BenchmarkListener;
import io.github.bn4j.bench.BenchmarkOp;
import io.github.bn4j.bench.BenchmarkOptions;
import io.github.bn4j.bench.BenchmarkRow;
import io.github.bn4j.bench.ShapeList;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.TensorShape;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures backends. */
@Command(
    name = "bench",
    description = {
      "Measures passes: median microseconds, GB/s of the memory traffic that cannot be avoided, and"
          + " that as a percentage of a copy of the same tensor in the same run.",
      "",
      "Shapes are batch x channels x spatial sizes whatever the layout: 32x64x56x56,128x512."
    },
    footer = {
      "  bn4j bench",
      "  bn4j bench --op forward-training,backward --shapes 32x256x56x56 --layout nhwc",
      "  bn4j bench --shapes shapes.txt --threads 2 --json figures.json"
    })
final class BenchCommand implements Callable<Integer> {
  @Mixin private final Screen screen = new Screen();
  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final BackendNames names = new BackendNames();

  @Option(
      names = "--op",
      split = ",",
      paramLabel = "OP",
      converter = Choices.OfOperation.class,
      defaultValue = "forward-training,forward-inference,backward",
      description =
          "forward-training, forward-inference, backward, backward-frozen. Default:"
              + " ${DEFAULT-VALUE}.")
  private List<BenchmarkOp> operations = new ArrayList<>();

  @Option(
      names = "--shapes",
      paramLabel = "FILE|LIST",
      defaultValue = "32x64x56x56,32x256x56x56,32x512x28x28,32x2048x7x7,128x512",
      description =
          "Shapes separated by commas, or a file of them, # before a comment. Default:"
              + " ${DEFAULT-VALUE}.")
  private String shapes = "";

  @Option(
      names = "--dtype",
      split = ",",
      paramLabel = "TYPE",
      converter = Choices.OfDataType.class,
      defaultValue = "f32",
      description = "f32, f64, f16, bf16. Default: ${DEFAULT-VALUE}.")
  private List<DataType> types = new ArrayList<>();

  @Option(
      names = "--layout",
      split = ",",
      paramLabel = "LAYOUT",
      converter = Choices.OfLayout.class,
      defaultValue = "nchw",
      description =
          "nchw, nhwc: channels second or last, for every rank. Default:" + " ${DEFAULT-VALUE}.")
  private List<Layout> layouts = new ArrayList<>();

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Threads of the CPU backend and of the copy; 0 for all processors. Default:"
              + " ${DEFAULT-VALUE}.")
  private int threads;

  @Option(
      names = "--cold",
      description =
          "Rotate tensors, so that none is found in a cache. Default: the same tensors again and"
              + " again.")
  private boolean cold;

  /** The form of {@code --json}. */
  private record JsonReport(
      String version, Machine machine, String jdk, List<String> command, List<JsonRow> rows) {}

  private record JsonRow(
      String shape,
      String layout,
      String dtype,
      String op,
      String backend,
      double medianUs,
      long floorBytes,
      double gbps,
      double copyGbps,
      double percentOfCopy,
      boolean cold) {
    static JsonRow of(BenchmarkRow row) {
      return new JsonRow(
          row.shape(),
          row.layout(),
          row.dtype(),
          row.op(),
          row.backend(),
          row.medianUs(),
          row.floorBytes(),
          row.gbps(),
          row.copyGbps(),
          row.percentOfCopy(),
          row.cold());
    }
  }

  @Override
  public Integer call() throws IOException {
    json.check();
    List<BenchmarkCase> cases = cases();
    // The reference is written to be read, not to be fast.
    List<Backend> backends =
        names.chosen(one -> one.available().isYes() && !one.name().equals("reference"));
    List<String> skipped = new ArrayList<>();
    List<BenchmarkRow> rows;
    try (Bar bar = Bar.open(screen, "bench")) {
      BenchmarkOptions options = BenchmarkOptions.DEFAULT.withThreads(threads).withCold(cold);
      rows = new Benchmark(options).run(backends, cases, listener(bar, skipped));
    }
    skipped.forEach(line -> screen.err().println(line));
    if (rows.isEmpty()) {
      throw Failure.notAvailable("--backend: none of them could be measured on any of the cases");
    }
    if (!json.printsInstead()) {
      print(rows);
    }
    Machine machine = Machine.here();
    json.write(
        screen,
        new JsonReport(
            Version.text(),
            machine,
            machine.java(),
            screen.arguments(),
            rows.stream().map(JsonRow::of).toList()));
    return ExitCodes.OK;
  }

  private static BenchmarkListener listener(Bar bar, List<String> skipped) {
    return new BenchmarkListener() {
      @Override
      public void started(int done, int total, String what) {
        bar.at(done, total, what);
      }

      @Override
      public void skipped(String what, String reason) {
        skipped.add("not measured: " + what + ": " + reason);
      }
    };
  }

  private List<BenchmarkCase> cases() throws IOException {
    List<BenchmarkCase> cases = new ArrayList<>();
    for (TensorShape shape : ShapeList.parse(shapeText())) {
      for (Layout layout : layouts) {
        for (DataType type : types) {
          BatchNormSpec spec = BatchNormSpec.builder(shape).layout(layout).dataType(type).build();
          operations.forEach(op -> cases.add(new BenchmarkCase(op, spec)));
        }
      }
    }
    return cases;
  }

  private String shapeText() throws IOException {
    try {
      Path file = Path.of(shapes);
      return Files.isRegularFile(file) ? Files.readString(file) : shapes;
    } catch (InvalidPathException e) {
      return shapes;
    }
  }

  private void print(List<BenchmarkRow> rows) {
    PrintWriter out = screen.out();
    int width = Math.max(5, rows.stream().mapToInt(row -> row.shape().length()).max().orElse(0));
    String format = "%-" + width + "s %-6s %-5s %-17s %-16s";
    String title = format.formatted("shape", "layout", "dtype", "op", "backend");
    out.println(
        screen.strong(title + " %12s %8s %8s %7s".formatted("median us", "GB/s", "copy", "%")));
    for (BenchmarkRow row : rows) {
      out.print(format.formatted(row.shape(), row.layout(), row.dtype(), row.op(), row.backend()));
      out.printf(
          Locale.ROOT,
          " %12.1f %8.2f %8.2f %7.1f%n",
          row.medianUs(),
          row.gbps(),
          row.copyGbps(),
          row.percentOfCopy());
    }
    out.printf(
        "%d threads, %s tensors; GB/s of the traffic that cannot be avoided, %% of the copy's%n",
        threads == 0 ? Runtime.getRuntime().availableProcessors() : threads,
        cold ? "cold" : "warm");
  }
}
