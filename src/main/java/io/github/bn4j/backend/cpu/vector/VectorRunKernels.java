package io.github.bn4j.backend.cpu.vector;

import static io.github.bn4j.backend.cpu.vector.Lanes.COUNT;
import static io.github.bn4j.backend.cpu.vector.Lanes.FLOATS;

import io.github.bn4j.backend.cpu.RunCoefficients;
import io.github.bn4j.backend.cpu.RunKernels;
import io.github.bn4j.backend.cpu.Tile;
import jdk.incubator.vector.FloatVector;

/** Vector loops over runs of floats and, where a tile lies in a tensor, of a 16-bit type. */
final class VectorRunKernels implements RunKernels<float[]> {
  private final float[] lanes = new float[COUNT];
  private final RunLoops floats = new F32Runs();
  private final RunLoops halves;

  /**
   * Loops for tensors of one type.
   *
   * @param halves loops for tiles of a 16-bit type that lie in a tensor
   */
  VectorRunKernels(RunLoops halves) {
    this.halves = halves;
  }

  @Override
  public void sums(Tile<float[]> x, double[] centers, double[] into) {
    RunLoops loops = x.bits() == null ? floats : halves;
    for (int r = 0; r < x.rows(); r++) {
      into[r] = loops.sum(x, r, (float) centers[r], lanes);
    }
  }

  @Override
  public void squares(Tile<float[]> x, double[] centers, double[] into) {
    RunLoops loops = x.bits() == null ? floats : halves;
    for (int r = 0; r < x.rows(); r++) {
      into[r] = loops.squares(x, r, (float) centers[r], lanes);
    }
  }

  @Override
  public void normalize(Tile<float[]> x, Tile<float[]> z, RunCoefficients c) {
    boolean direct = x.bits() != null && z.bits() != null;
    (direct ? halves : floats).normalize(x, z, c);
  }

  @Override
  public void gradientSums(Tile<float[]> x, Tile<float[]> dz, RunCoefficients c) {
    boolean direct = x.bits() != null && dz.bits() != null;
    RunLoops loops = direct ? halves : floats;
    for (int r = 0; r < x.rows(); r++) {
      loops.products(x, dz, r, c, lanes);
    }
  }

  @Override
  public void gradient(Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, RunCoefficients c) {
    boolean direct = x.bits() != null && dz.bits() != null && dx.bits() != null;
    (direct ? halves : floats).gradient(x, dz, dx, c);
  }

  @Override
  public void scale(Tile<float[]> dz, Tile<float[]> dx, RunCoefficients c) {
    float[] dzs = dz.array();
    float[] dxs = dx.array();
    for (int r = 0; r < dz.rows(); r++) {
      float scale = (float) c.scale[c.channel + r];
      FloatVector scales = FloatVector.broadcast(FLOATS, scale);
      int from = dz.offset() + r * dz.stride();
      int shift = dx.offset() + r * dx.stride() - from;
      int to = from + dz.length();
      int i = from;
      for (; i <= to - 4 * COUNT; i += 4 * COUNT) {
        FloatVector.fromArray(FLOATS, dzs, i).mul(scales).intoArray(dxs, i + shift);
        FloatVector.fromArray(FLOATS, dzs, i + COUNT).mul(scales).intoArray(dxs, i + COUNT + shift);
        FloatVector.fromArray(FLOATS, dzs, i + 2 * COUNT)
            .mul(scales)
            .intoArray(dxs, i + 2 * COUNT + shift);
        FloatVector.fromArray(FLOATS, dzs, i + 3 * COUNT)
            .mul(scales)
            .intoArray(dxs, i + 3 * COUNT + shift);
      }
      for (; i <= to - COUNT; i += COUNT) {
        FloatVector.fromArray(FLOATS, dzs, i).mul(scales).intoArray(dxs, i + shift);
      }
      for (; i < to; i++) {
        dxs[i + shift] = dzs[i] * scale;
      }
    }
  }
}
