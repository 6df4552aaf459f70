package io.github.bn4j.cli;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Convention;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.SingleValuePolicy;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Mixed into {@code apply}: how the input is normalized, and by whom. */
@Command
final class ApplyOptions {
  @Mixin private final BackendOption backend = new BackendOption();

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
      converter = Momentum.FromWord.class,
      description =
          "In the convention's meaning, in [0, 1]; none is the plain mean over all batches, counted"
              + " by num_batches_tracked. Default: the convention's.")
  private @Nullable Momentum momentum;

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

  @Mixin private final ThreadsOption threads = new ThreadsOption();

  Layout layout() {
    return layout;
  }

  boolean isCumulative() {
    return momentum != null && momentum.isCumulative();
  }

  PlanOptions planOptions() {
    return threads.plan();
  }

  /** What the options say, on top of a spec of what the file holds. */
  BatchNormSpec spec(BatchNormSpec.Builder of) {
    of.layout(layout).convention(convention).activation(activation).singleValue(singleValue);
    if (momentum != null) {
      of.averageFactor(momentum.in(convention));
    }
    if (epsilon != null) {
      of.epsilon(epsilon);
    }
    return of.build();
  }

  /** The backend asked for, if it can compute the spec. */
  Backend backend(BatchNormSpec spec) {
    return backend.of(spec);
  }
}
