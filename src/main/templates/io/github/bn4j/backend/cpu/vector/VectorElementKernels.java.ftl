<#include "/loops.ftl" />
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
    float[] as = a.array();
    float[] bs = b.array();
    float[] outs = out.array();
    int length = a.length();
    for (int r = 0; r < a.rows(); r++) {
      int atA = a.offset() + r * a.stride();
      int atB = b.offset() + r * b.stride();
      int atOut = out.offset() + r * out.stride();
      int i = 0;
<#list [4, 1] as vectors>
      for (; i <= length - ${vectors} * COUNT; i += ${vectors} * COUNT) {
<#list 0..<vectors as k>
        FloatVector b${k} = FloatVector.fromArray(FLOATS, bs, atB + i${at(k)});
        FloatVector.fromArray(FLOATS, as, atA + i${at(k)}).add(b${k}).intoArray(outs, atOut + i${at(k)});
</#list>
      }
</#list>
      for (; i < length; i++) {
        outs[atOut + i] = as[atA + i] + bs[atB + i];
      }
    }
  }

  @Override
  public void relu(Tile<float[]> z) {
    float[] zs = z.array();
    for (int r = 0; r < z.rows(); r++) {
      int i = z.offset() + r * z.stride();
      int to = i + z.length();
<#list [8, 1] as vectors>
      for (; i <= to - ${vectors} * COUNT; i += ${vectors} * COUNT) {
<#list 0..<vectors as k>
        FloatVector z${k} = FloatVector.fromArray(FLOATS, zs, i${at(k)});
        z${k}.blend(0f, z${k}.compare(LE, 0f)).intoArray(zs, i${at(k)});
</#list>
      }
</#list>
      for (; i < to; i++) {
        zs[i] = zs[i] <= 0 ? 0 : zs[i];
      }
    }
  }

  /** Elements below or at 0 become +0; a bit is set for what is not: it is positive, or NaN. */
  @Override
  public void reluMask(Tile<float[]> z, Tile<byte[]> mask) {
    float[] zs = z.array();
    byte[] bytes = mask.array();
    int length = z.length();
    for (int r = 0; r < z.rows(); r++) {
      int from = z.offset() + r * z.stride();
      int to = mask.offset() + r * mask.stride();
      int i = 0;
      for (; i <= length - MASK_GROUP; i += MASK_GROUP) {
        int bits = 0;
        for (int k = 0; k < MASK_GROUP; k += COUNT) {
          FloatVector v = FloatVector.fromArray(FLOATS, zs, from + i + k);
          FloatVector passed = v.blend(0f, v.compare(LE, 0f));
          passed.intoArray(zs, from + i + k);
          IntVector set = IntVector.zero(INTS).blend(BITS, passed.reinterpretAsInts().compare(NE, 0));
          bits |= set.reduceLanes(OR) << k;
        }
        bytes[to++] = (byte) bits;
        bytes[to++] = (byte) (bits >> Byte.SIZE);
      }
      if (i < length) {
        int bits = 0;
        for (int k = 0; k < length - i; k++) {
          float v = zs[from + i + k];
          zs[from + i + k] = v <= 0 ? 0 : v;
          bits |= v <= 0 ? 0 : 1 << k;
        }
        bytes[to++] = (byte) bits;
        bytes[to] = (byte) (bits >> Byte.SIZE);
      }
    }
  }

  @Override
  public void gate(Tile<float[]> dy, Tile<float[]> z, Tile<float[]> dz) {
    float[] dys = dy.array();
    float[] zs = z.array();
    float[] dzs = dz.array();
    int length = dy.length();
    for (int r = 0; r < dy.rows(); r++) {
      int atDy = dy.offset() + r * dy.stride();
      int atZ = z.offset() + r * z.stride();
      int atDz = dz.offset() + r * dz.stride();
      int i = 0;
<#list [4, 1] as vectors>
      for (; i <= length - ${vectors} * COUNT; i += ${vectors} * COUNT) {
<#list 0..<vectors as k>
        FloatVector z${k} = FloatVector.fromArray(FLOATS, zs, atZ + i${at(k)});
        FloatVector g${k} = FloatVector.fromArray(FLOATS, dys, atDy + i${at(k)});
        g${k}.blend(0f, z${k}.compare(LE, 0f)).intoArray(dzs, atDz + i${at(k)});
</#list>
      }
</#list>
      for (; i < length; i++) {
        dzs[atDz + i] = zs[atZ + i] <= 0 ? 0 : dys[atDy + i];
      }
    }
  }

  @Override
  public void gateByMask(Tile<float[]> dy, Tile<byte[]> mask, Tile<float[]> dz) {
    float[] dys = dy.array();
    float[] dzs = dz.array();
    byte[] bytes = mask.array();
    int length = dy.length();
    for (int r = 0; r < dy.rows(); r++) {
      int atDy = dy.offset() + r * dy.stride();
      int atDz = dz.offset() + r * dz.stride();
      int atMask = mask.offset() + r * mask.stride();
      int i = 0;
<#list [2, 1] as groups>
      for (; i <= length - ${groups} * MASK_GROUP; i += ${groups} * MASK_GROUP) {
        int at = atMask + i / Byte.SIZE;
<#list 0..<groups as g>
        int bits${g} = (bytes[at + ${2 * g}] & 0xff) | (bytes[at + ${2 * g + 1}] << Byte.SIZE);
</#list>
        for (int k = 0; k < MASK_GROUP; k += COUNT) {
<#list 0..<groups as g>
          int from${g} = i + ${g} * MASK_GROUP + k;
          IntVector g${g} = FloatVector.fromArray(FLOATS, dys, atDy + from${g}).reinterpretAsInts();
          IntVector own${g} = IntVector.broadcast(INTS, bits${g} >> k).and(BITS);
          IntVector.zero(INTS)
              .blend(g${g}, own${g}.compare(NE, 0))
              .reinterpretAsFloats()
              .intoArray(dzs, atDz + from${g});
</#list>
        }
      }
</#list>
      for (; i < length; i++) {
        int bit = bytes[atMask + i / Byte.SIZE] >> (i % Byte.SIZE) & 1;
        dzs[atDz + i] = bit == 0 ? 0 : dys[atDy + i];
      }
    }
  }
}
