<#include "/loops.ftl" />
<@pp.dropOutputFile />
<#list ["F32"] + halves as one>
<#assign type = one />
<#-- Vectors of a round of each loop: f16 takes more operations, and a method must not have too many.
  Sums have as many accumulators, and f32's are bf16's, so that bf16 in arrays and in buffers, which
  goes through floats, has the same bits. -->
<#assign ofSums = {"F32": [4, 1], "Bf16": [4, 1], "F16": [2, 1]}[type] />
<#assign ofProducts = {"F32": [2, 1], "Bf16": [2, 1], "F16": [1]}[type] />
<#assign ofValues = {"F32": [4, 1], "Bf16": [1], "F16": [1]}[type] />
<#assign ofGradients = {"F32": [2, 1], "Bf16": [1], "F16": [1]}[type] />
<@pp.changeOutputFile name=type + "Runs.java" />
package io.github.bn4j.backend.cpu.vector;

<@imports />
import io.github.bn4j.backend.cpu.RunCoefficients;
import io.github.bn4j.backend.cpu.Tile;

/** Loops over runs of ${type}<#if type != "F32">, converted on the way</#if>. */
final class ${type}Runs implements RunLoops {
<#macro accumulators name count>
<#list 0..<count as k>
    FloatVector ${name}${k} = <#if k == 0>FloatVector.zero(FLOATS)<#else>${name}0</#if>;
</#list>
</#macro>
<#macro sums name>
  @Override
  public double ${name}(Tile<float[]> x, int row, float center, float[] lanes) {
<@read array="xs" tile="x" />
    FloatVector c = FloatVector.broadcast(FLOATS, center);
<@accumulators name="a" count=ofSums[0] />
<@widenConstants />
    int length = x.length();
    int i = Objects.checkFromIndexSize(${offset("x")} + row * ${stride("x")}, length, xs.length);
    int to = i + length;
<#list ofSums as vectors>
    for (; i <= to - ${vectors} * COUNT; i += ${vectors} * COUNT) {
<#list 0..<vectors as k>
      <@widen name="x${k}" array="xs" at="i${at(k)}" />
<#nested k>
</#list>
    }
</#list>
    ${total("a", ofSums[0])}.intoArray(lanes, 0);
    double total = Lanes.total(lanes);
    for (; i < to; i++) {
      float d = ${toFloat("xs[i]")} - center;
</#macro>
<@sums name="sum"; k>
      a${k} = a${k}.add(x${k}.sub(c));
</@sums>
      total += d;
    }
    return total;
  }

<@sums name="squares"; k>
      FloatVector d${k} = x${k}.sub(c);
      a${k} = d${k}.fma(d${k}, a${k});
</@sums>
      total += (double) d * d;
    }
    return total;
  }

  @Override
  public void normalize(Tile<float[]> x, Tile<float[]> z, RunCoefficients c) {
<@read array="xs" tile="x" />
<@written array="zs" tile="z" />
<@widenConstants />
<@putConstants />
    for (int r = 0; r < x.rows(); r++) {
      int i = ${offset("x")} + r * ${stride("x")};
      int shift = ${writtenOffset("z")} + r * ${writtenStride("z")} - i;
      int to = i + x.length();
      float center = (float) c.center[c.channel + r];
      float scale = (float) c.scale[c.channel + r];
      float beta = (float) c.shift[c.channel + r];
      FloatVector centers = FloatVector.broadcast(FLOATS, center);
      FloatVector scales = FloatVector.broadcast(FLOATS, scale);
      FloatVector betas = FloatVector.broadcast(FLOATS, beta);
<#list ofValues as vectors>
      for (; i <= to - ${vectors} * COUNT; i += ${vectors} * COUNT) {
<#list 0..<vectors as k>
        <@widen name="x${k}" array="xs" at="i${at(k)}" />
        <@put name="z${k}" value="x${k}.sub(centers).fma(scales, betas)" array="zs" at="i + shift${at(k)}" />
</#list>
      }
</#list>
      for (; i < to; i++) {
        float value = Math.fma(${toFloat("xs[i]")} - center, scale, beta);
        zs[i + shift] = ${fromFloat("value")};
      }
    }
  }

  @Override
  public void products(
      Tile<float[]> x, Tile<float[]> dz, int row, RunCoefficients k, float[] lanes) {
<@read array="xs" tile="x" />
<@read array="dzs" tile="dz" />
    int from = ${offset("x")} + row * ${stride("x")};
    int shift = ${offset("dz")} + row * ${stride("dz")} - from;
    int to = from + x.length();
    float center = (float) k.center[k.channel + row];
    FloatVector c = FloatVector.broadcast(FLOATS, center);
<@accumulators name="a" count=ofProducts[0] />
<@accumulators name="b" count=ofProducts[0] />
<@widenConstants />
    int i = from;
<#list ofProducts as vectors>
    for (; i <= to - ${vectors} * COUNT; i += ${vectors} * COUNT) {
<#list 0..<vectors as k>
      <@widen name="x${k}" array="xs" at="i${at(k)}" />
      <@widen name="g${k}" array="dzs" at="i + shift${at(k)}" />
      a${k} = a${k}.add(g${k});
      b${k} = x${k}.sub(c).fma(g${k}, b${k});
</#list>
    }
</#list>
    ${total("a", ofProducts[0])}.intoArray(lanes, 0);
    double sum = Lanes.total(lanes);
    ${total("b", ofProducts[0])}.intoArray(lanes, 0);
    double product = Lanes.total(lanes);
    for (; i < to; i++) {
      float g = ${toFloat("dzs[i + shift]")};
      sum += g;
      product += (double) g * (${toFloat("xs[i]")} - center);
    }
    k.first[k.sums + row] += sum;
    k.second[k.sums + row] += product;
  }

  @Override
  public void gradient(Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, RunCoefficients c) {
<@read array="xs" tile="x" />
<@read array="dzs" tile="dz" />
<@written array="dxs" tile="dx" />
<@widenConstants />
<@putConstants />
    int length = x.length();
    for (int r = 0; r < x.rows(); r++) {
      int atX = ${offset("x")} + r * ${stride("x")};
      int atDz = ${offset("dz")} + r * ${stride("dz")};
      int atDx = ${writtenOffset("dx")} + r * ${writtenStride("dx")};
      float center = (float) c.center[c.channel + r];
      float scale = (float) c.scale[c.channel + r];
      float slope = (float) c.slope[c.channel + r];
      float offset = (float) c.offset[c.channel + r];
      FloatVector centers = FloatVector.broadcast(FLOATS, center);
      FloatVector scales = FloatVector.broadcast(FLOATS, scale);
      FloatVector slopes = FloatVector.broadcast(FLOATS, slope);
      FloatVector offsets = FloatVector.broadcast(FLOATS, offset);
      int i = 0;
<#list ofGradients as vectors>
      for (; i <= length - ${vectors} * COUNT; i += ${vectors} * COUNT) {
<#list 0..<vectors as k>
        <@widen name="x${k}" array="xs" at="atX + i${at(k)}" />
        <@widen name="g${k}" array="dzs" at="atDz + i${at(k)}" />
        FloatVector rest${k} = x${k}.sub(centers).fma(slopes, offsets);
        <@put name="dx${k}" value="g${k}.fma(scales, rest${k})" array="dxs" at="atDx + i${at(k)}" />
</#list>
      }
</#list>
      for (; i < length; i++) {
        float rest = Math.fma(${toFloat("xs[atX + i]")} - center, slope, offset);
        float value = Math.fma(${toFloat("dzs[atDz + i]")}, scale, rest);
        dxs[atDx + i] = ${fromFloat("value")};
      }
    }
  }
}
</#list>
