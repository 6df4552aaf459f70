package io.github.bn4j.cli;

import io.github.bn4j.io.BatchNormFolding.Deviation;
import io.github.bn4j.io.CheckpointFolding;
import io.github.bn4j.io.Safetensors;
import io.github.bn4j.op.Convention;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Folds batch norms of a checkpoint into the layers before them. */
@Command(
    name = "fold",
    description = {
      "Folds batch norms of a checkpoint into the convolutions or linear layers before them, for"
          + " inference: the network then computes the same without them.",
      "",
      "Which batch norm follows which layer is not in the file, so it is given as LAYER=NORM, the"
          + " prefixes of their tensors. The result has the weights multiplied, a bias in each of"
          + " these layers, and no tensors of the batch norms. Computed in double and rounded to"
          + " the type of the weights; by how much that changes the output is printed, for inputs"
          + " in [-1, 1]: measured on random ones, and the bound.",
      "",
      "Weights are weight and bias in pytorch, W and B in onnx, kernel and bias in keras and flax."
    },
    footer = {
      "  bn4j fold --pair conv1=bn1 --pair layer1.0.conv1=layer1.0.bn1 \\",
      "    --input model.safetensors --output folded.safetensors",
      "  bn4j fold --transposed up1=bn9 --epsilon 1e-3 \\",
      "    --input unet.safetensors --output folded.safetensors"
    })
final class FoldCommand implements Callable<Integer> {
  @Mixin private final Screen screen = new Screen();

  @Mixin private final CheckpointFiles files = new CheckpointFiles();

  @Option(
      names = "--pair",
      paramLabel = "LAYER=NORM",
      description = "A convolution or linear layer and the batch norm after it; may be repeated.")
  private List<String> pairs = List.of();

  @Option(
      names = "--transposed",
      paramLabel = "LAYER=NORM",
      description = "The same for a transposed convolution; may be repeated.")
  private List<String> transposed = List.of();

  @Option(
      names = "--convention",
      paramLabel = "NAME",
      defaultValue = "pytorch",
      converter = Choices.OfConvention.class,
      description =
          "Whose names and order of axes the file has: pytorch, keras, onnx or flax. Default:"
              + " ${DEFAULT-VALUE}.")
  private Convention convention = Convention.PYTORCH;

  @Option(
      names = "--epsilon",
      paramLabel = "NUMBER",
      description = "What the network adds to the variance. Default: the convention's.")
  private @Nullable Double epsilon;

  @Mixin private final JsonOption json = new JsonOption();

  /** The form of {@code --json}. */
  private record Done(double epsilon, List<Row> pairs, double largestDeviation, String output) {}

  private record Row(
      String layer, String norm, String weight, boolean biasAdded, Deviation deviation) {
    static Row of(CheckpointFolding.Folded folded) {
      return new Row(
          folded.layer(),
          folded.batchNorm(),
          folded.weight().toString(),
          folded.biasAdded(),
          folded.deviation());
    }
  }

  @Override
  public Integer call() throws IOException {
    files.check();
    json.check();
    int count = pairs.size() + transposed.size();
    if (count == 0) {
      throw Failure.badInput(
          "--pair: expected at least one LAYER=NORM, got none; the file does not say which batch"
              + " norm follows which layer");
    }
    double added = epsilon != null ? epsilon : convention.defaultEpsilon().orElseThrow();
    List<Row> rows = new ArrayList<>();
    try (Bar bar = Bar.open(screen, "fold")) {
      bar.at(0, count + 1, "reading");
      CheckpointFolding folding = new CheckpointFolding(convention, files.read(), added);
      for (String pair : pairs) {
        bar.at(rows.size(), count + 1, pair);
        rows.add(fold(folding, "--pair", pair));
      }
      for (String pair : transposed) {
        bar.at(rows.size(), count + 1, pair);
        rows.add(fold(folding, "--transposed", pair));
      }
      bar.at(count, count + 1, "writing");
      Safetensors.write(files.output(), folding.result());
    }
    double largest = rows.stream().mapToDouble(row -> row.deviation().measured()).max().orElse(0);
    Done done = new Done(added, rows, largest, files.output().toString());
    json.report(screen, done, () -> print(done));
    return ExitCodes.OK;
  }

  private static Row fold(CheckpointFolding folding, String option, String pair) {
    int at = pair.indexOf('=');
    if (at < 0 || pair.indexOf('=', at + 1) >= 0) {
      throw Failure.badInput(
          "%s: expected LAYER=NORM, two prefixes of tensors, got \"%s\"".formatted(option, pair));
    }
    return Row.of(
        folding.fold(pair.substring(0, at), pair.substring(at + 1), option.equals("--transposed")));
  }

  private void print(Done done) {
    PrintWriter out = screen.out();
    out.printf(
        Locale.ROOT,
        "%s %d batch norms, %s, epsilon %s%n",
        screen.strong("fold"),
        done.pairs().size(),
        convention.label(),
        done.epsilon());
    for (Row row : done.pairs()) {
      Deviation deviation = row.deviation();
      out.printf(
          Locale.ROOT,
          "  %s <- %s, %s%s: deviation %.3g of outputs up to %.3g (bound %.3g)%n",
          row.layer(),
          row.norm(),
          row.weight(),
          row.biasAdded() ? ", bias added" : "",
          deviation.measured(),
          deviation.largestOutput(),
          deviation.bound());
    }
    out.printf(Locale.ROOT, "largest deviation %.3g%n", done.largestDeviation());
    out.printf("written to %s%n", done.output());
  }
}
