package io.github.bn4j.verify;

import io.github.bn4j.op.Activation;
import io.github.bn4j.op.AverageFactor;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Convention;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.TensorShape;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A line of the list of samples: name, pass, options of {@code bn4j apply}, tolerance, with tabs
 * between.
 *
 * @param name of the sample's files
 * @param mode which the pass belongs to
 * @param options by name, without dashes
 * @param tolerance relative to the largest expected value
 */
record GoldenLine(String name, Mode mode, Map<String, String> options, double tolerance) {
  /** Reads a line. */
  static GoldenLine parse(String line) {
    String[] columns = line.split("\t", -1);
    if (columns.length != 4) {
      throw new IllegalStateException("cases.tsv: expected 4 columns, got \"" + line + "\"");
    }
    Map<String, String> options = new HashMap<>();
    String[] words = columns[2].isBlank() ? new String[0] : columns[2].trim().split(" ", -1);
    for (int i = 0; i + 1 < words.length; i += 2) {
      options.put(words[i].substring("--".length()), words[i + 1]);
    }
    return new GoldenLine(
        columns[0], mode(columns[1]), Map.copyOf(options), Double.parseDouble(columns[3]));
  }

  private static Mode mode(String pass) {
    return switch (pass) {
      case "forward-training", "backward" -> Mode.TRAINING;
      case "forward-inference" -> Mode.INFERENCE;
      case "backward-frozen" -> Mode.FROZEN;
      default -> throw new IllegalStateException("cases.tsv: expected a pass, got " + pass);
    };
  }

  /** The layout of the sample's tensors. */
  Layout layout() {
    boolean last = options.getOrDefault("layout", "nchw").equals(Layout.CHANNEL_LAST.label());
    return last ? Layout.CHANNEL_LAST : Layout.CHANNEL_SECOND;
  }

  /** A spec of this shape with the line's options; what the tensors tell is still to be set. */
  BatchNormSpec.Builder spec(TensorShape shape) {
    Convention convention =
        Convention.valueOf(options.getOrDefault("convention", "pytorch").toUpperCase(Locale.ROOT));
    BatchNormSpec.Builder spec =
        BatchNormSpec.builder(shape).mode(mode).layout(layout()).convention(convention);
    String momentum = options.get("momentum");
    if (momentum != null) {
      spec.averageFactor(
          momentum.equals("none")
              ? AverageFactor.CUMULATIVE
              : convention.averageFactor(Double.parseDouble(momentum)));
    }
    String epsilon = options.get("epsilon");
    if (epsilon != null) {
      spec.epsilon(Double.parseDouble(epsilon));
    }
    String activation = options.getOrDefault("activation", "none");
    return spec.activation(Activation.valueOf(activation.toUpperCase(Locale.ROOT)));
  }
}
