package io.github.bn4j.train.engine;

/**
 * Sets elements to zero at random and scales the others by {@code 1 / (1 - probability)}, so that
 * the expectation stays.
 *
 * <p>Which elements is a pure function of seed, layer, clock and index, the same on every engine:
 * element i is kept if word {@code i % 4} of Philox4x32-10 with the key (low word of the seed, high
 * word) and the counter (low word of {@code i / 4}, high word, layer, low word of the clock) is,
 * unsigned, at least {@link #threshold}. Source: Salmon et al., "Parallel Random Numbers: As Easy
 * as 1, 2, 3", 2011.
 *
 * @param probability of being set to zero, in [0, 1)
 * @param seed any number
 * @param layer tells the dropout layers of a network apart
 */
public record DropoutSpec(double probability, long seed, int layer) {
  /** Checks the probability. */
  public DropoutSpec {
    if (!(probability >= 0 && probability < 1)) {
      throw new IllegalArgumentException(
          "probability: expected a number in [0, 1), got " + probability);
    }
  }

  /** The least word, as an unsigned number, whose element is kept. */
  public long threshold() {
    return Math.round(probability * 0x1p32);
  }

  /** What kept elements are multiplied with. */
  public float scale() {
    return (float) (1 / (1 - probability));
  }
}
