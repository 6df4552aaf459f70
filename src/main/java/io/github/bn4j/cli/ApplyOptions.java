package io.github.bn4j.cli;

import io.github.bn4j.api.Backends;
import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.Support;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.AverageFactor;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Convention;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.SingleValuePolicy;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Mixed into {@code apply}: how the input is normalized, and by whom. */
@Command
final class ApplyOptions {
  private static final String CUMULATIVE = "none";

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      defaultValue = Backends.AUTO,
      description =
          "auto, reference, cpu, ptx or cudnn. auto takes the first that can; a named one is used"
              + " or refused. Default: ${DEFAULT-VALUE}.")
  private String backend = Backends.AUTO;

  @Option(
      names = "--layout",
      paramLabel = "LAYOUT",
      defaultValue = "nchw",
      converter = Choices.OfLayout.class,
      description =
          "Order of the axes in the file, for every rank: nchw (channels second) or nhwc (channels"
              + " last). Default: ${DEFAULT-VALUE}.")
  private Layout layout = Layout.CHANNEL_SECOND;

  @Option(
      names = "--convention",
      paramLabel = "NAME",
      defaultValue = "pytorch",
      converter = Choices.OfConvention.class,
      description =
          "Whose meaning of momentum, whose defaults and whose running variance: pytorch, keras,"
              + " onnx or flax. Default: ${DEFAULT-VALUE}.")
  private Convention convention = Convention.PYTORCH;

  @Option(
      names = "--momentum",
      paramLabel = "NUMBER|none",
      description =
          "In the convention's meaning, in [0, 1]; none is the plain mean over all batches, counted"
              + " by num_batches_tracked. Default: the convention's.")
  private @Nullable String momentum;

  @Option(
      names = "--epsilon",
      paramLabel = "NUMBER",
      description = "Added to the variance, greater than 0. Default: the convention's.")
  private @Nullable Double epsilon;

  @Option(
      names = "--activation",
      paramLabel = "NAME",
      defaultValue = "none",
      converter = Choices.OfActivation.class,
      description = "Applied last: none or relu. Default: ${DEFAULT-VALUE}.")
  private Activation activation = Activation.NONE;

  @Option(
      names = "--single-value",
      paramLabel = "POLICY",
      defaultValue = "error",
      converter = Choices.OfSingleValue.class,
      description =
          "What training does with one value per channel: error, keep (running statistics stay) or"
              + " population (they take variance 0). Default: ${DEFAULT-VALUE}.")
  private SingleValuePolicy singleValue = SingleValuePolicy.ERROR;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description = "Threads of the CPU backend; 0 for all processors. Default: ${DEFAULT-VALUE}.")
  private int threads;

  Layout layout() {
    return layout;
  }

  boolean isCumulative() {
    return CUMULATIVE.equals(momentum);
  }

  PlanOptions planOptions() {
    return PlanOptions.DEFAULT.withThreads(threads);
  }

  /** What the options say, on top of a spec of what the file holds. */
  BatchNormSpec spec(BatchNormSpec.Builder of) {
    of.layout(layout).convention(convention).activation(activation).singleValue(singleValue);
    if (isCumulative()) {
      of.averageFactor(AverageFactor.CUMULATIVE);
    } else if (momentum != null) {
      of.averageFactor(convention.averageFactor(number(momentum)));
    }
    if (epsilon != null) {
      of.epsilon(epsilon);
    }
    return of.build();
  }

  private static double number(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw Failure.badInput(
          "--momentum: expected a number in [0, 1] or none, got \"" + text + "\"", e);
    }
  }

  /** The backend asked for, if it can compute the spec. */
  Backend backend(BatchNormSpec spec) {
    if (backend.equals(Backends.AUTO)) {
      return Backends.auto(spec);
    }
    Backend named = Backends.byName(backend);
    Support support = named.supports(spec);
    if (!support.isYes()) {
      throw Failure.notAvailable(
          "--backend: %s does not compute %s: %s; choose another, or auto"
              .formatted(backend, spec.describe(), support.reason()));
    }
    return named;
  }
}
