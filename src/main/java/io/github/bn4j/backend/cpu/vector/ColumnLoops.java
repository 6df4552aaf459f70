package io.github.bn4j.backend.cpu.vector;

import io.github.bn4j.backend.cpu.ColumnKernels;
import io.github.bn4j.backend.cpu.Columns;
import io.github.bn4j.backend.cpu.Tile;

/** What the methods of these names do in {@link ColumnKernels}, for one type. */
interface ColumnLoops {
  void moments(Tile<float[]> x, Columns<float[]> c);

  void normalize(Tile<float[]> x, Tile<float[]> z, Columns<float[]> c);

  void gradientSums(Tile<float[]> x, Tile<float[]> dz, Columns<float[]> c);

  void gradient(Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, Columns<float[]> c);
}
