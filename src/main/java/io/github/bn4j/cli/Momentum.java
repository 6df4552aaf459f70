package io.github.bn4j.cli;

import io.github.bn4j.op.AverageFactor;
import io.github.bn4j.op.Convention;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * What {@code --momentum} takes.
 *
 * @param number in the meaning of a convention; null for the plain mean over all batches
 */
record Momentum(@Nullable Double number) {
  /** A number, or {@code none}. */
  static final class FromWord implements ITypeConverter<Momentum> {
    @Override
    public Momentum convert(String word) {
      try {
        return new Momentum(word.equals("none") ? null : Double.valueOf(word));
      } catch (NumberFormatException e) {
        throw new TypeConversionException(
            "expected a number in [0, 1] or none, got \"" + word + "\"");
      }
    }
  }

  boolean isCumulative() {
    return number == null;
  }

  /**
   * The weight of the new value.
   *
   * @throws IllegalArgumentException for a number outside [0, 1]
   */
  AverageFactor in(Convention convention) {
    return number == null ? AverageFactor.CUMULATIVE : convention.averageFactor(number);
  }
}
