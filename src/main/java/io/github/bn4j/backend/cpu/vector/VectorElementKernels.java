package io.github.bn4j.backend.cpu.vector;

import static io.github.bn4j.backend.cpu.vector.Lanes.COUNT;
import static io.github.bn4j.backend.cpu.vector.Lanes.FLOATS;
import static io.github.bn4j.backend.cpu.vector.Lanes.INTS;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.NE;
import static jdk.incubator.vector.VectorOperators.OR;

import io.github.bn4j.backend.cpu.ElementKernels;
import io.github.bn4j.backend.cpu.Tile;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** Vector loops over float elements. */
final class VectorElementKernels implements ElementKernels<float[]> {
  private static final IntVector BITS = Lanes.bits();

  @Override
  public void add(Tile<float[]> a, Tile<float[]> b, Tile<float[]> out) {
    for (int r = 0; r < a.rows(); r++) {
      addRow(a, b, out, r);
    }
  }

  private static void addRow(Tile<float[]> a, Tile<float[]> b, Tile<float[]> out, int row) {
    float[] as = a.array();
    float[] bs = b.array();
    float[] outs = out.array();
    int atA = a.offset() + row * a.stride();
    int atB = b.offset() + row * b.stride();
    int atOut = out.offset() + row * out.stride();
    int length = a.length();
    int i = 0;
    for (; i <= length - COUNT; i += COUNT) {
      FloatVector.fromArray(FLOATS, as, atA + i)
          .add(FloatVector.fromArray(FLOATS, bs, atB + i))
          .intoArray(outs, atOut + i);
    }
    for (; i < length; i++) {
      outs[atOut + i] = as[atA + i] + bs[atB + i];
    }
  }

  @Override
  public void relu(Tile<float[]> z) {
    for (int r = 0; r < z.rows(); r++) {
      int from = z.offset() + r * z.stride();
      reluRow(z.array(), from, from + z.length());
    }
  }

  private static void reluRow(float[] z, int from, int to) {
    int i = from;
    for (; i <= to - COUNT; i += COUNT) {
      FloatVector v = FloatVector.fromArray(FLOATS, z, i);
      v.blend(0f, v.compare(LE, 0f)).intoArray(z, i);
    }
    for (; i < to; i++) {
      z[i] = z[i] <= 0 ? 0 : z[i];
    }
  }

  @Override
  public void reluMask(Tile<float[]> z, Tile<byte[]> mask) {
    for (int r = 0; r < z.rows(); r++) {
      int from = z.offset() + r * z.stride();
      reluRow(z.array(), from, from + z.length());
      maskRow(z.array(), from, z.length(), mask, r);
    }
  }

  /** After relu only what passes is not +0: it is positive, or NaN. */
  private static void maskRow(float[] z, int from, int length, Tile<byte[]> mask, int row) {
    byte[] bytes = mask.array();
    int to = mask.offset() + row * mask.stride();
    int i = 0;
    for (; i <= length - MASK_GROUP; i += MASK_GROUP) {
      int bits = 0;
      for (int k = 0; k < MASK_GROUP; k += COUNT) {
        IntVector v = FloatVector.fromArray(FLOATS, z, from + i + k).reinterpretAsInts();
        int passing = IntVector.zero(INTS).blend(BITS, v.compare(NE, 0)).reduceLanes(OR);
        bits |= passing << k;
      }
      bytes[to++] = (byte) bits;
      bytes[to++] = (byte) (bits >> Byte.SIZE);
    }
    if (i < length) {
      int bits = 0;
      for (int k = 0; k < length - i; k++) {
        bits |= z[from + i + k] == 0 ? 0 : 1 << k;
      }
      bytes[to++] = (byte) bits;
      bytes[to] = (byte) (bits >> Byte.SIZE);
    }
  }

  @Override
  public void gate(Tile<float[]> dy, Tile<float[]> z, Tile<float[]> dz) {
    for (int r = 0; r < dy.rows(); r++) {
      gateRow(dy, z, dz, r);
    }
  }

  private static void gateRow(Tile<float[]> dy, Tile<float[]> z, Tile<float[]> dz, int row) {
    float[] dys = dy.array();
    float[] zs = z.array();
    float[] dzs = dz.array();
    int atDy = dy.offset() + row * dy.stride();
    int atZ = z.offset() + row * z.stride();
    int atDz = dz.offset() + row * dz.stride();
    int length = dy.length();
    int i = 0;
    for (; i <= length - COUNT; i += COUNT) {
      FloatVector v = FloatVector.fromArray(FLOATS, zs, atZ + i);
      FloatVector.fromArray(FLOATS, dys, atDy + i)
          .blend(0f, v.compare(LE, 0f))
          .intoArray(dzs, atDz + i);
    }
    for (; i < length; i++) {
      dzs[atDz + i] = zs[atZ + i] <= 0 ? 0 : dys[atDy + i];
    }
  }

  @Override
  public void gateByMask(Tile<float[]> dy, Tile<byte[]> mask, Tile<float[]> dz) {
    for (int r = 0; r < dy.rows(); r++) {
      gateRowByMask(dy, mask, dz, r);
    }
  }

  private static void gateRowByMask(
      Tile<float[]> dy, Tile<byte[]> mask, Tile<float[]> dz, int row) {
    float[] dys = dy.array();
    float[] dzs = dz.array();
    byte[] bytes = mask.array();
    int atDy = dy.offset() + row * dy.stride();
    int atDz = dz.offset() + row * dz.stride();
    int atMask = mask.offset() + row * mask.stride();
    int length = dy.length();
    int i = 0;
    for (; i <= length - MASK_GROUP; i += MASK_GROUP) {
      int at = atMask + i / Byte.SIZE;
      int bits = (bytes[at] & 0xff) | (bytes[at + 1] << Byte.SIZE);
      for (int k = 0; k < MASK_GROUP; k += COUNT) {
        IntVector g = FloatVector.fromArray(FLOATS, dys, atDy + i + k).reinterpretAsInts();
        IntVector own = IntVector.broadcast(INTS, bits >> k).and(BITS);
        IntVector.zero(INTS)
            .blend(g, own.compare(NE, 0))
            .reinterpretAsFloats()
            .intoArray(dzs, atDz + i + k);
      }
    }
    for (; i < length; i++) {
      int bit = bytes[atMask + i / Byte.SIZE] >> (i % Byte.SIZE) & 1;
      dzs[atDz + i] = bit == 0 ? 0 : dys[atDy + i];
    }
  }
}
