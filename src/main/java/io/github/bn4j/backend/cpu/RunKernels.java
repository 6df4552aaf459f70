package io.github.bn4j.backend.cpu;

/**
 * The inner loops over tiles each row of which belongs to one channel: row r to the channel {@code
 * c.channel + r} of {@link RunCoefficients}.
 *
 * @param <A> {@code float[]} or {@code double[]}
 */
public interface RunKernels<A> {
  /** {@code into[r] = sum(x - centers[r])} over row r. */
  void sums(Tile<A> x, double[] centers, double[] into);

  /** {@code into[r] = sum((x - centers[r])^2)} over row r. */
  void squares(Tile<A> x, double[] centers, double[] into);

  /** {@code z = scale * (x - center) + shift}; z may be x. */
  void normalize(Tile<A> x, Tile<A> z, RunCoefficients c);

  /**
   * Adds {@code sum(dz)} and {@code sum(dz * (x - center))} over row r to element {@code c.sums +
   * r} of first and second.
   */
  void gradientSums(Tile<A> x, Tile<A> dz, RunCoefficients c);

  /** {@code dx = scale * dz + slope * (x - center) + offset}; dx may be dz. */
  void gradient(Tile<A> x, Tile<A> dz, Tile<A> dx, RunCoefficients c);

  /** {@code dx = scale * dz}; dx may be dz. */
  void scale(Tile<A> dz, Tile<A> dx, RunCoefficients c);
}
