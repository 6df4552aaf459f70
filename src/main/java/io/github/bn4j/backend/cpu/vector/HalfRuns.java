package io.github.bn4j.backend.cpu.vector;

import io.github.bn4j.backend.cpu.RunCoefficients;
import io.github.bn4j.backend.cpu.Tile;

/**
 * What VectorRunKernels does, for runs of one 16-bit type, converted on the way: memory and
 * arithmetic overlap, and nothing goes through an array of floats. {@code lanes} is scratch.
 */
interface HalfRuns {
  /** The sum of {@code x - center}. */
  double sum(short[] x, int from, int to, float center, float[] lanes);

  /** The sum of its squares. */
  double squares(short[] x, int from, int to, float center, float[] lanes);

  /** Normalizes a row. */
  void normalize(Tile<float[]> x, Tile<float[]> z, int row, RunCoefficients c);

  /** Adds the sums of dz and of {@code dz * (x - center)} of a row. */
  void products(Tile<float[]> x, Tile<float[]> dz, int row, RunCoefficients c, float[] lanes);

  /** Finds dx of a row. */
  void gradient(Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, int row, RunCoefficients c);
}
