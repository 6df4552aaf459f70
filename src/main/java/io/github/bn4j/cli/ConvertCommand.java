package io.github.bn4j.cli;

import io.github.bn4j.io.Checkpoint;
import io.github.bn4j.io.CheckpointConversion;
import io.github.bn4j.io.CheckpointConversion.LayerChange;
import io.github.bn4j.io.NamedTensors;
import io.github.bn4j.op.Convention;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Turns the batch norms of a checkpoint into another framework's. */
@Command(
    name = "convert",
    description = {
      "Turns the batch norms of a checkpoint into another framework's.",
      "",
      "Names are changed, and the running variance is corrected: PyTorch stores the unbiased one,"
          + " the others the population's. That takes the number of values per channel of a training"
          + " batch (batch times spatial positions), which the file does not hold. Momentum and"
          + " epsilon are not in the file either: what to set in the other framework is printed."
          + " Other tensors are copied as they are.",
      "",
      "  pytorch  weight, bias, running_mean, running_var, num_batches_tracked",
      "  keras    gamma, beta, moving_mean, moving_variance",
      "  onnx     scale, B, input_mean, input_var",
      "  flax     scale, bias, mean, var"
    },
    footer = {
      "  bn4j convert --to keras --values-per-channel 100352 \\",
      "    --input torch.safetensors --output keras.safetensors",
      "  bn4j convert --to pytorch --values-per-channel bn1=100352 \\",
      "    --values-per-channel bn2=25088 \\",
      "    --input keras.safetensors --output torch.safetensors",
      "  bn4j convert --to onnx --keep-variance \\",
      "    --input torch.safetensors --output onnx.safetensors"
    })
final class ConvertCommand implements Callable<Integer> {
  @Mixin private final Screen screen = new Screen();

  @Mixin private final CheckpointFiles files = new CheckpointFiles();

  @Option(
      names = "--from",
      paramLabel = "NAME",
      converter = Choices.OfConvention.class,
      description =
          "Whose names the input has: pytorch, keras, onnx or flax. Default: found out by names.")
  private @Nullable Convention from;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "NAME",
      converter = Choices.OfConvention.class,
      description = "Whose names the output gets: pytorch, keras, onnx or flax.")
  private Convention to = Convention.PYTORCH;

  @Option(
      names = "--layer",
      paramLabel = "PREFIX",
      description = "A batch norm to convert; may be repeated. Default: all there are.")
  private List<String> layers = List.of();

  @Option(
      names = "--values-per-channel",
      paramLabel = "[LAYER=]M",
      description =
          "Values per channel of a training batch, for all layers or for one; may be repeated.")
  private List<String> valuesPerChannel = List.of();

  @Option(
      names = "--keep-variance",
      description = "Leave the running variance as it is, uncorrected.")
  private boolean keepVariance;

  @Option(
      names = "--momentum",
      paramLabel = "NUMBER|none",
      converter = Momentum.FromWord.class,
      description =
          "The momentum of training, in the input's meaning; none is cumulative. Default: the"
              + " framework's.")
  private @Nullable Momentum momentum;

  @Option(
      names = "--epsilon",
      paramLabel = "NUMBER",
      description = "The epsilon of training. Default: the framework's.")
  private @Nullable Double epsilon;

  @Option(
      names = "--batches",
      paramLabel = "N",
      description = "num_batches_tracked of the output where the input has none. Default: 0.")
  private @Nullable Long batches;

  @Mixin private final JsonOption json = new JsonOption();

  /** The form of {@code --json}. */
  private record Done(
      String from,
      String to,
      List<String> notes,
      List<LayerChange> layers,
      int otherTensors,
      String output) {}

  @Override
  public Integer call() throws IOException {
    files.check();
    json.check();
    NamedTensors tensors = files.read();
    Convention source = from != null ? from : found(tensors);
    if (source == to) {
      throw Failure.badInput(
          "--to: expected another framework than the input's, got %s twice".formatted(to.label()));
    }
    Checkpoint checkpoint = Checkpoint.of(source, tensors, layers);
    if (checkpoint.layers().isEmpty()) {
      throw nothingFound(source.label());
    }
    CheckpointConversion.Result result = conversion(source).convert(checkpoint);
    result.checkpoint().write(files.output());
    Done done =
        new Done(
            source.label(),
            to.label(),
            result.notes(),
            result.layers(),
            checkpoint.others().tensors().size(),
            files.output().toString());
    json.report(screen, done, () -> print(done));
    return ExitCodes.OK;
  }

  private Convention found(NamedTensors tensors) {
    Set<Convention> found = Checkpoint.conventionsIn(tensors);
    if (found.isEmpty()) {
      throw nothingFound("pytorch, keras, onnx and flax");
    }
    if (found.size() > 1) {
      throw Failure.badInput(
          "--from: expected the names of one framework in %s, got those of %s; say which"
              .formatted(files.input(), found.stream().map(Convention::label).toList()));
    }
    return found.iterator().next();
  }

  private Failure nothingFound(String names) {
    return Failure.badInput(
        "--input: expected a running mean and variance by the names of %s in %s, got none"
            .formatted(names, files.input()));
  }

  private CheckpointConversion conversion(Convention source) {
    CheckpointConversion conversion = new CheckpointConversion(to).keepVariance(keepVariance);
    if (keepVariance && !valuesPerChannel.isEmpty()) {
      throw Failure.badInput(
          "--keep-variance: expected it without --values-per-channel, got both; leave one out");
    }
    for (String given : valuesPerChannel) {
      int at = given.lastIndexOf('=');
      long m = wholeNumber(given, given.substring(at + 1));
      if (at < 0) {
        conversion.valuesPerChannel(m);
      } else {
        conversion.valuesPerChannel(given.substring(0, at), m);
      }
    }
    if (momentum != null) {
      conversion.averageFactor(momentum.in(source));
    }
    if (epsilon != null) {
      conversion.epsilon(epsilon);
    }
    if (batches != null) {
      conversion.batches(batches);
    }
    return conversion;
  }

  private static long wholeNumber(String given, String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw Failure.badInput(
          "--values-per-channel: expected a whole number, or LAYER=NUMBER, got \"" + given + "\"",
          e);
    }
  }

  private void print(Done done) {
    PrintWriter out = screen.out();
    out.printf("%s from %s to %s%n", screen.strong("convert"), done.from(), done.to());
    for (LayerChange layer : done.layers()) {
      out.printf("%s, %d channels%n", screen.strong(layer.label()), layer.channels());
      layer.notes().forEach(note -> out.printf("  %s%n", note));
    }
    done.notes().forEach(out::println);
    out.printf("%d other tensors copied; written to %s%n", done.otherTensors(), done.output());
  }
}
