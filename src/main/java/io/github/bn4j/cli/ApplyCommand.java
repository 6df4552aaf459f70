package io.github.bn4j.cli;

import io.github.bn4j.bench.BenchmarkOp;
import io.github.bn4j.io.NamedTensors;
import io.github.bn4j.io.StoredTensor;
import io.github.bn4j.op.BatchNormSpec;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Computes one operation on the tensors of a file. */
@Command(
    name = "apply",
    description = {
      "Computes one pass of batch normalization on the tensors of a file.",
      "",
      "OP is one of",
      "  forward-training   with the batch's statistics; updates the running ones",
      "  forward-inference  with the running statistics (without them: the batch's)",
      "  backward           gradients of forward-training",
      "  backward-frozen    gradients with running statistics as constants;",
      "                     also called backward-inference",
      "",
      "The input file holds input, and optionally grad_output, residual, weight, bias,"
          + " running_mean, running_var and num_batches_tracked, whatever the convention. The"
          + " output file gets output, save_mean, save_invstd, running_mean, running_var and"
          + " num_batches_tracked, or grad_input, grad_weight, grad_bias and grad_residual; what is"
          + " absent from the input is absent from the output. Types: those of input for"
          + " activations; f32 for statistics and their gradients, f64 if input is f64."
    },
    footer = {
      "  bn4j apply forward-training --input in.safetensors --output out.safetensors",
      "  bn4j apply forward-inference --input x.npy --output y.npy --layout nhwc",
      "  bn4j apply backward --input in.safetensors --output gradients.safetensors \\",
      "    --activation relu"
    })
final class ApplyCommand implements Callable<Integer> {
  /** Reading, computing, writing. */
  private static final int STEPS = 3;

  @Mixin private final Screen screen = new Screen();

  @Parameters(
      paramLabel = "OP",
      converter = Choices.OfOperation.class,
      description = "What to compute, see above.")
  private BenchmarkOp operation = BenchmarkOp.FORWARD_TRAINING;

  @Option(
      names = "--input",
      required = true,
      paramLabel = "FILE",
      description = "A .safetensors file, or a .npy file with the input alone.")
  private Path input = Path.of("");

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      description =
          "Written or replaced as a whole: .safetensors, or .npy where there is one result.")
  private Path output = Path.of("");

  @Mixin private final ApplyOptions options = new ApplyOptions();

  @Mixin private final JsonOption json = new JsonOption();

  /** The form of {@code --json}. */
  private record Done(
      String operation,
      String shape,
      String layout,
      String dtype,
      String backend,
      double milliseconds,
      String output,
      List<Written> tensors) {}

  private record Written(String name, String dtype, List<Long> shape) {
    static Written of(Map.Entry<String, StoredTensor> entry) {
      StoredTensor tensor = entry.getValue();
      return new Written(
          entry.getKey(), tensor.type().name(), LongStream.of(tensor.shape()).boxed().toList());
    }
  }

  @Override
  public Integer call() throws IOException {
    TensorFiles.check("--input", input, output);
    json.check();
    Done done;
    try (Bar bar = Bar.open(screen, operation.label())) {
      bar.at(0, STEPS, "reading");
      ApplyInput tensors = new ApplyInput(TensorFiles.read(input, "input"), options.layout());
      try (ApplyRun run = new ApplyRun(operation, tensors, options)) {
        bar.at(1, STEPS, "computing");
        long start = System.nanoTime();
        NamedTensors result = run.compute();
        double milliseconds = (System.nanoTime() - start) / 1e6;
        bar.at(2, STEPS, "writing");
        TensorFiles.write(output, result);
        done = done(run, result, milliseconds);
      }
    }
    json.report(screen, done, () -> print(done));
    return ExitCodes.OK;
  }

  private Done done(ApplyRun run, NamedTensors result, double milliseconds) {
    BatchNormSpec spec = run.spec();
    return new Done(
        operation.label(),
        spec.shape().toString(),
        spec.layout().label(),
        spec.dataType().label(),
        run.backend(),
        milliseconds,
        output.toString(),
        result.tensors().entrySet().stream().map(Written::of).toList());
  }

  private void print(Done done) {
    PrintWriter out = screen.out();
    out.printf(
        Locale.ROOT,
        "%s %s %s %s, backend %s, %.1f ms%n",
        screen.strong(done.operation()),
        done.shape(),
        done.layout(),
        done.dtype(),
        done.backend(),
        done.milliseconds());
    for (Written tensor : done.tensors()) {
      out.printf("  %-20s %-4s %s%n", tensor.name(), tensor.dtype(), tensor.shape());
    }
    out.printf("written to %s%n", done.output());
  }
}
