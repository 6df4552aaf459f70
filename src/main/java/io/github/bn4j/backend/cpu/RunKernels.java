package io.github.bn4j.backend.cpu;

/**
 * The inner loops over tiles that belong to one channel.
 *
 * @param <A> {@code float[]} or {@code double[]}
 */
public interface RunKernels<A> {
  /** {@code sum(x - center)}. */
  double sum(Tile<A> x, double center);

  /** {@code sum((x - center)^2)}. */
  double squares(Tile<A> x, double center);

  /** {@code z = scale * (x - center) + shift}; z may be x. */
  void normalize(Tile<A> x, Tile<A> z, RunCoefficients c);

  /** Adds {@code sum(dz)} to sums[0] and {@code sum(dz * (x - center))} to sums[1]. */
  void gradientSums(Tile<A> x, Tile<A> dz, double center, double[] sums);

  /** {@code dx = scale * dz + slope * (x - center) + offset}; dx may be dz. */
  void gradient(Tile<A> x, Tile<A> dz, Tile<A> dx, RunCoefficients c);

  /** {@code dx = scale * dz}; dx may be dz. */
  void scale(Tile<A> dz, Tile<A> dx, RunCoefficients c);
}
