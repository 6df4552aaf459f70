package io.github.bn4j.backend.cpu.vector;

import io.github.bn4j.backend.cpu.RunCoefficients;
import io.github.bn4j.backend.cpu.RunKernels;
import io.github.bn4j.backend.cpu.Tile;

/** What {@link RunKernels} does, for one type. Sums are of one row; {@code lanes} is scratch. */
interface RunLoops {
  /** The sum of {@code x - center}. */
  double sum(Tile<float[]> x, int row, float center, float[] lanes);

  /** The sum of its squares. */
  double squares(Tile<float[]> x, int row, float center, float[] lanes);

  /** Adds the sums of dz and of {@code dz * (x - center)}. */
  void products(Tile<float[]> x, Tile<float[]> dz, int row, RunCoefficients c, float[] lanes);

  /** Of all rows, as the method of this name in RunKernels. */
  void normalize(Tile<float[]> x, Tile<float[]> z, RunCoefficients c);

  /** Of all rows, as the method of this name in RunKernels. */
  void gradient(Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, RunCoefficients c);
}
