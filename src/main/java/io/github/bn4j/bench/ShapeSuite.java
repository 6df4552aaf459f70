package io.github.bn4j.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** A named list of problems that networks pose, with how often each occurs. */
public enum ShapeSuite {
  /** The 53 layers of ResNet-50. */
  RESNET50("resnet50"),
  /** The 121 layers of DenseNet-121. */
  DENSENET121("densenet121"),
  /** oneDNN's benchmark lists: many networks, with layout, type and pass. */
  ONEDNN("onednn"),
  /** Fully connected layers: (N, C). */
  MLP("mlp");

  private final String label;

  ShapeSuite(String label) {
    this.label = label;
  }

  /** The problems in the order of the list, from the jar. */
  public List<Problem> problems() {
    String file = "/suites/" + label + ".csv";
    try (InputStream stream =
        Objects.requireNonNull(ShapeSuite.class.getResourceAsStream(file), file)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#") && !line.startsWith("file,") && !line.isBlank())
          .map(Problem::parse)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("suite " + label + ": cannot be read from the jar", e);
    }
  }

  /**
   * The suites of a word: a name, or {@code all}.
   *
   * @throws IllegalArgumentException for an unknown name
   */
  public static List<ShapeSuite> of(String word) {
    if (word.equals("all")) {
      return List.of(values());
    }
    return Arrays.stream(values())
        .filter(suite -> suite.label.equals(word))
        .findFirst()
        .map(List::of)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "suite: expected resnet50, densenet121, onednn, mlp or all, got " + word));
  }
}
