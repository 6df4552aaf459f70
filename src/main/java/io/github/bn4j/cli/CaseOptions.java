package io.github.bn4j.cli;

import io.github.bn4j.bench.BenchmarkCase;
import io.github.bn4j.bench.BenchmarkCase.Goal;
import io.github.bn4j.bench.BenchmarkOp;
import io.github.bn4j.bench.CaseList;
import io.github.bn4j.bench.Problem;
import io.github.bn4j.bench.ShapeList;
import io.github.bn4j.bench.ShapeSuite;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Mixed into commands that measure: which cases. */
@Command
final class CaseOptions {
  /** Stands among the passes for what calls cost the host. */
  private static final String LAUNCH = "launch";

  /** So small that the work is nothing beside the call. */
  private static final String LAUNCH_SHAPE = "8x64x4x4";

  private static final String SHAPES = "32x64x56x56,32x256x56x56,32x512x28x28,32x2048x7x7,128x512";

  private static final List<BenchmarkOp> OPERATIONS =
      List.of(BenchmarkOp.FORWARD_TRAINING, BenchmarkOp.FORWARD_INFERENCE, BenchmarkOp.BACKWARD);

  @Option(
      names = "--op",
      split = ",",
      paramLabel = "OP",
      description =
          "forward-training, forward-inference, backward, backward-frozen; or launch: what a call"
              + " costs the host, for a tiny tensor. Default:"
              + " forward-training,forward-inference,backward.")
  private List<String> operations = new ArrayList<>();

  @Option(
      names = "--shapes",
      paramLabel = "FILE|LIST",
      description =
          "Shapes separated by commas, or a file of them, # before a comment. Default: "
              + SHAPES
              + "; for launch "
              + LAUNCH_SHAPE
              + ".")
  private @Nullable String shapes;

  @Option(
      names = "--suite",
      split = ",",
      paramLabel = "NAME",
      description =
          "In place of shapes the layers of networks, each as often as it occurs: resnet50,"
              + " densenet121, mlp (all at batch 32), onednn (the lists of oneDNN's benchmark,"
              + " with layout, type and pass), or all.")
  private List<String> suites = new ArrayList<>();

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Another batch for every shape of the suite.")
  private @Nullable Long batch;

  @Option(
      names = "--dtype",
      split = ",",
      paramLabel = "TYPE",
      converter = Choices.OfDataType.class,
      description = "f32, f64, f16, bf16. Default: f32, or what the suite says.")
  private List<DataType> types = new ArrayList<>();

  @Option(
      names = "--layout",
      split = ",",
      paramLabel = "LAYOUT",
      converter = Choices.OfLayout.class,
      description =
          "nchw, nhwc: channels second or last, for every rank. Default: nchw, or what the suite"
              + " says.")
  private List<Layout> layouts = new ArrayList<>();

  /**
   * The cases; the same one from several lists is one of their total weight.
   *
   * @throws IllegalArgumentException for a word that means nothing
   */
  List<BenchmarkCase> cases() throws IOException {
    if (shapes != null && !suites.isEmpty()) {
      throw Failure.badInput("--shapes, --suite: expected one of them, got both");
    }
    if (batch != null && (suites.isEmpty() || batch < 1)) {
      throw Failure.badInput(
          "--batch: expected a number >= 1 for a --suite, got " + batch + " and " + suites);
    }
    boolean launches = operations.contains(LAUNCH);
    List<BenchmarkOp> passes =
        operations.stream().filter(word -> !word.equals(LAUNCH)).map(BenchmarkOp::of).toList();
    CaseList list =
        new CaseList(
            new CaseList.Wanted(
                passes.isEmpty() ? OPERATIONS : passes,
                layouts.isEmpty() ? List.of(Layout.CHANNEL_SECOND) : layouts,
                types.isEmpty() ? List.of(DataType.F32) : types,
                unnamed()));
    if (!launches || !passes.isEmpty()) {
      problems(SHAPES).forEach(problem -> list.add(problem, Goal.TIME));
    }
    if (launches) {
      problems(LAUNCH_SHAPE).forEach(problem -> list.add(problem, Goal.LAUNCH));
    }
    List<BenchmarkCase> cases = list.cases();
    if (cases.isEmpty()) {
      throw Failure.badInput(
          "--suite: expected a suite with cases of the --op, --layout and --dtype given, got "
              + String.join(",", suites)
              + ", which has none");
    }
    return cases;
  }

  /**
   * Those of the cases whose passes can be done in one way or another.
   *
   * @throws IllegalArgumentException for a word that means nothing
   */
  List<BenchmarkCase> overBatchStatistics() throws IOException {
    List<BenchmarkCase> cases =
        cases().stream()
            .filter(one -> one.goal() == Goal.TIME && one.spec().usesBatchStatistics())
            .toList();
    if (cases.isEmpty()) {
      throw Failure.badInput(
          "--op: expected forward-training or backward, which have tiers to choose from, got"
              + " neither");
    }
    return cases;
  }

  private List<String> unnamed() {
    List<String> names = new ArrayList<>();
    if (operations.isEmpty()) {
      names.add("op");
    }
    if (layouts.isEmpty()) {
      names.add("layout");
    }
    if (types.isEmpty()) {
      names.add("dtype");
    }
    return names;
  }

  private List<Problem> problems(String byDefault) throws IOException {
    if (suites.isEmpty()) {
      return ShapeList.parse(text(shapes == null ? byDefault : shapes)).stream()
          .map(shape -> new Problem(shape, 1, null, null, null, false))
          .toList();
    }
    return suites.stream()
        .flatMap(name -> ShapeSuite.of(name).stream())
        .distinct()
        .flatMap(suite -> suite.problems().stream())
        .map(problem -> batch == null ? problem : problem.withBatch(batch))
        .toList();
  }

  private static String text(String fileOrList) throws IOException {
    Path file;
    try {
      file = Path.of(fileOrList);
    } catch (InvalidPathException e) {
      return fileOrList;
    }
    if (Files.isRegularFile(file)) {
      return Files.readString(file);
    }
    if (fileOrList.contains(".") || file.getNameCount() > 1) {
      throw Failure.badInput(
          "--shapes: expected a file of shapes, or shapes like 32x64x56x56, got %s, which is no file"
              .formatted(fileOrList));
    }
    return fileOrList;
  }
}
