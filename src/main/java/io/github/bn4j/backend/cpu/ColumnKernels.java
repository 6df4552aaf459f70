package io.github.bn4j.backend.cpu;

/**
 * The inner loops over tiles whose columns belong to different channels; column j of a tile goes
 * with element j of {@link Columns}.
 *
 * @param <A> {@code float[]} or {@code double[]}
 */
public interface ColumnKernels<A> {
  /** Adds {@code x - center} to first and {@code (x - center)^2} to second, summed over rows. */
  void moments(Tile<A> x, Columns<A> c);

  /** {@code z = scale * (x - center) + shift}; z may be x. */
  void normalize(Tile<A> x, Tile<A> z, Columns<A> c);

  /** Adds dz to first and {@code dz * (x - center)} to second, both summed over rows. */
  void gradientSums(Tile<A> x, Tile<A> dz, Columns<A> c);

  /** {@code dx = scale * dz + slope * (x - center) + offset}; dx may be dz. */
  void gradient(Tile<A> x, Tile<A> dz, Tile<A> dx, Columns<A> c);

  /** {@code dx = scale * dz}; dx may be dz. */
  void scale(Tile<A> dz, Tile<A> dx, Columns<A> c);
}
