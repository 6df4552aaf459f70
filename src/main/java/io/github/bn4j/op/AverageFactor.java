package io.github.bn4j.op;

/**
 * The weight {@code a} of the new value in {@code r = (1 - a) * r + a * s}.
 *
 * <p>Frameworks disagree on what they call momentum; {@link Convention#averageFactor} translates.
 */
public final class AverageFactor {
  /** The plain mean over all batches seen: {@code a = 1 / t}, t counting batches from 1. */
  public static final AverageFactor CUMULATIVE = new AverageFactor(Double.NaN);

  private final double weightOfNew;

  private AverageFactor(double weightOfNew) {
    this.weightOfNew = weightOfNew;
  }

  /**
   * A constant weight.
   *
   * @throws IllegalArgumentException unless {@code 0 <= weightOfNew <= 1}
   */
  public static AverageFactor of(double weightOfNew) {
    if (!(weightOfNew >= 0 && weightOfNew <= 1)) {
      throw new IllegalArgumentException(
          "averageFactor: expected a weight of the new value in [0, 1], got " + weightOfNew);
    }
    return new AverageFactor(weightOfNew);
  }

  /** True for {@link #CUMULATIVE}. */
  public boolean isCumulative() {
    return Double.isNaN(weightOfNew);
  }

  /**
   * The weight for batch number t.
   *
   * @param t number of this batch, counting from 1; ignored unless cumulative
   */
  public double at(long t) {
    return isCumulative() ? 1.0 / t : weightOfNew;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AverageFactor that
        && Double.compare(weightOfNew, that.weightOfNew) == 0;
  }

  @Override
  public int hashCode() {
    return Double.hashCode(weightOfNew);
  }

  @Override
  public String toString() {
    return isCumulative() ? "cumulative" : Double.toString(weightOfNew);
  }
}
