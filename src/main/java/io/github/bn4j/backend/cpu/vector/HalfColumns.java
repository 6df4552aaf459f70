package io.github.bn4j.backend.cpu.vector;

import io.github.bn4j.backend.cpu.Columns;
import io.github.bn4j.backend.cpu.Tile;

/** What VectorColumnKernels does, for columns of one 16-bit type, converted on the way. */
interface HalfColumns {
  /** As the method of this name in ColumnKernels. */
  void moments(Tile<float[]> x, Columns<float[]> c);

  /** As the method of this name in ColumnKernels. */
  void normalize(Tile<float[]> x, Tile<float[]> z, Columns<float[]> c);

  /** As the method of this name in ColumnKernels. */
  void gradientSums(Tile<float[]> x, Tile<float[]> dz, Columns<float[]> c);

  /** As the method of this name in ColumnKernels. */
  void gradient(Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, Columns<float[]> c);
}
