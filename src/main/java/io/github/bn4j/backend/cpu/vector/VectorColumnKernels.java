package io.github.bn4j.backend.cpu.vector;

import static io.github.bn4j.backend.cpu.vector.Lanes.COUNT;
import static io.github.bn4j.backend.cpu.vector.Lanes.FLOATS;

import io.github.bn4j.backend.cpu.ColumnKernels;
import io.github.bn4j.backend.cpu.Columns;
import io.github.bn4j.backend.cpu.Tile;
import jdk.incubator.vector.FloatVector;

/**
 * Vector loops over columns of floats and, where a tile lies in a tensor, of a 16-bit type. Sums go
 * down strips of columns, so that they stay in registers over a tile's rows; they start at zero
 * with each tile, since sums of sums lose fewer digits than one long chain. Element-wise loops go
 * along rows; where these are short, down strips too, so that coefficients stay in registers.
 */
final class VectorColumnKernels implements ColumnKernels<float[]> {
  /**
   * Longest rows that are cut to strips. For 64 columns, strips took 0.8 and 1.8 ns a vector for
   * normalizing and for the gradient, rows 2.7 and 3.7; for 256 columns 1.3 and 1.8 against 1.7 and
   * 2.4; for 1024, whose rows collide in the first-level cache, 1.5 and 2.8 against 1.3 and 1.9
   * (AMD EPYC, Zen 5, 512 bit).
   */
  private static final int STRIPS = 256;

  private final ColumnLoops floats = new F32Columns();
  private final ColumnLoops halves;

  /**
   * Loops for tensors of one type.
   *
   * @param halves loops for tiles of a 16-bit type that lie in a tensor
   */
  VectorColumnKernels(ColumnLoops halves) {
    this.halves = halves;
  }

  /** Columns of a tile that strips of so many cover. */
  static int inStrips(Tile<float[]> x, int strip) {
    return x.length() <= STRIPS ? x.length() / strip * strip : 0;
  }

  @Override
  public void moments(Tile<float[]> x, Columns<float[]> c) {
    (x.bits() == null ? floats : halves).moments(x, c);
  }

  @Override
  public void gradientSums(Tile<float[]> x, Tile<float[]> dz, Columns<float[]> c) {
    boolean direct = x.bits() != null && dz.bits() != null;
    (direct ? halves : floats).gradientSums(x, dz, c);
  }

  @Override
  public void normalize(Tile<float[]> x, Tile<float[]> z, Columns<float[]> c) {
    boolean direct = x.bits() != null && z.bits() != null;
    (direct ? halves : floats).normalize(x, z, c);
  }

  @Override
  public void gradient(Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, Columns<float[]> c) {
    boolean direct = x.bits() != null && dz.bits() != null && dx.bits() != null;
    (direct ? halves : floats).gradient(x, dz, dx, c);
  }

  @Override
  public void scale(Tile<float[]> dz, Tile<float[]> dx, Columns<float[]> c) {
    float[] dzs = dz.array();
    float[] dxs = dx.array();
    float[] scale = c.scale();
    int length = dz.length();
    for (int r = 0; r < dz.rows(); r++) {
      int atDz = dz.offset() + r * dz.stride();
      int atDx = dx.offset() + r * dx.stride();
      int j = 0;
      for (; j <= length - 4 * COUNT; j += 4 * COUNT) {
        FloatVector s0 = FloatVector.fromArray(FLOATS, scale, j);
        FloatVector s1 = FloatVector.fromArray(FLOATS, scale, j + COUNT);
        FloatVector s2 = FloatVector.fromArray(FLOATS, scale, j + 2 * COUNT);
        FloatVector s3 = FloatVector.fromArray(FLOATS, scale, j + 3 * COUNT);
        FloatVector g0 = FloatVector.fromArray(FLOATS, dzs, atDz + j);
        FloatVector g1 = FloatVector.fromArray(FLOATS, dzs, atDz + j + COUNT);
        FloatVector g2 = FloatVector.fromArray(FLOATS, dzs, atDz + j + 2 * COUNT);
        FloatVector g3 = FloatVector.fromArray(FLOATS, dzs, atDz + j + 3 * COUNT);
        g0.mul(s0).intoArray(dxs, atDx + j);
        g1.mul(s1).intoArray(dxs, atDx + j + COUNT);
        g2.mul(s2).intoArray(dxs, atDx + j + 2 * COUNT);
        g3.mul(s3).intoArray(dxs, atDx + j + 3 * COUNT);
      }
      for (; j < length; j++) {
        dxs[atDx + j] = dzs[atDz + j] * scale[j];
      }
    }
  }
}
