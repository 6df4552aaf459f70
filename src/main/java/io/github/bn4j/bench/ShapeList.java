package io.github.bn4j.bench;

import io.github.bn4j.op.TensorShape;
import java.util.Arrays;
import java.util.List;

/** Shapes as they are written on a command line: {@code 32x64x56x56,128x512}. */
public final class ShapeList {
  private ShapeList() {}

  /**
   * Reads shapes separated by commas or white space; each lists batch, channels and spatial sizes,
   * whatever the layout. Lines that start with # are ignored.
   *
   * @throws IllegalArgumentException for anything else, with the word that is wrong
   */
  public static List<TensorShape> parse(String text) {
    List<TensorShape> shapes =
        text.lines()
            .filter(line -> !line.strip().startsWith("#"))
            .flatMap(line -> Arrays.stream(line.split("[,\\s]+")))
            .filter(word -> !word.isEmpty())
            .map(ShapeList::shape)
            .toList();
    if (shapes.isEmpty()) {
      throw new IllegalArgumentException(
          "shapes: expected shapes like 32x64x56x56,128x512, got none");
    }
    return shapes;
  }

  private static TensorShape shape(String word) {
    try {
      return TensorShape.of(
          Arrays.stream(word.split("x", -1)).mapToLong(Long::parseLong).toArray());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "shapes: expected sizes joined by x, like 32x64x56x56, got " + word, e);
    }
  }
}
