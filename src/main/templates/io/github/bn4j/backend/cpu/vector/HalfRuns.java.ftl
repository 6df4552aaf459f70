<#include "/half.ftl" />
<@pp.dropOutputFile />
<#list types as one>
<#assign type = one />
<#assign toFloat = "HalfPrecision." + type?uncap_first + "ToFloat" />
<#assign fromFloat = "HalfPrecision.floatTo" + type />
<#-- Vectors of a round: f16 takes more operations, and a method must not have too many. -->
<#assign ofSums = (type == "Bf16")?then(4, 2) />
<#assign ofProducts = (type == "Bf16")?then(2, 1) />
<#-- The sum of accumulators, as a tree. -->
<#function total name count>
<#return name + "0" + (count > 1)?then(".add(" + name + "1)", "") + (count > 2)?then(".add(" + name + "2.add(" + name + "3))", "") />
</#function>
<@pp.changeOutputFile name=type + "Runs.java" />
package io.github.bn4j.backend.cpu.vector;

<@imports />
import io.github.bn4j.backend.cpu.RunCoefficients;
import io.github.bn4j.backend.cpu.Tile;
import java.util.Objects;

/** Loops over runs of ${type}, converted on the way. */
final class ${type}Runs implements HalfRuns {
  private static final int F32_INFINITY = 0x7f800000;

  @Override
  public double sum(short[] x, int from, int to, float center, float[] lanes) {
    FloatVector c = FloatVector.broadcast(FLOATS, center);
<#list 0..<ofSums as k>
    FloatVector a${k} = FloatVector.zero(FLOATS);
</#list>
    int i = from;
    for (; i <= to - ${ofSums} * COUNT; i += ${ofSums} * COUNT) {
<#list 0..<ofSums as k>
      <@widen name="x${k}" array="x" at="i + ${k} * COUNT" />
</#list>
<#list 0..<ofSums as k>
      a${k} = a${k}.add(x${k}.sub(c));
</#list>
    }
    for (; i <= to - COUNT; i += COUNT) {
      <@widen name="x0" array="x" at="i" />
      a0 = a0.add(x0.sub(c));
    }
    ${total("a", ofSums)}.intoArray(lanes, 0);
    double total = Lanes.total(lanes);
    for (; i < to; i++) {
      float d = ${toFloat}(x[i]) - center;
      total += d;
    }
    return total;
  }

  @Override
  public double squares(short[] x, int from, int to, float center, float[] lanes) {
    FloatVector c = FloatVector.broadcast(FLOATS, center);
<#list 0..<ofSums as k>
    FloatVector a${k} = FloatVector.zero(FLOATS);
</#list>
    int i = from;
    for (; i <= to - ${ofSums} * COUNT; i += ${ofSums} * COUNT) {
<#list 0..<ofSums as k>
      <@widen name="x${k}" array="x" at="i + ${k} * COUNT" />
</#list>
<#list 0..<ofSums as k>
      FloatVector d${k} = x${k}.sub(c);
</#list>
<#list 0..<ofSums as k>
      a${k} = d${k}.fma(d${k}, a${k});
</#list>
    }
    for (; i <= to - COUNT; i += COUNT) {
      <@widen name="x0" array="x" at="i" />
      FloatVector d0 = x0.sub(c);
      a0 = d0.fma(d0, a0);
    }
    ${total("a", ofSums)}.intoArray(lanes, 0);
    double total = Lanes.total(lanes);
    for (; i < to; i++) {
      float d = ${toFloat}(x[i]) - center;
      total += (double) d * d;
    }
    return total;
  }

  @Override
  public void normalize(Tile<float[]> x, Tile<float[]> z, int row, RunCoefficients c) {
    short[] xs = Objects.requireNonNull(x.bits());
    short[] zs = Objects.requireNonNull(z.bits());
    int from = x.bitsOffset() + row * x.bitsStride();
    int shift = z.bitsOffset() + row * z.bitsStride() - from;
    int to = from + x.length();
    float center = (float) c.center[c.channel + row];
    float scale = (float) c.scale[c.channel + row];
    float beta = (float) c.shift[c.channel + row];
    FloatVector centers = FloatVector.broadcast(FLOATS, center);
    FloatVector scales = FloatVector.broadcast(FLOATS, scale);
    FloatVector betas = FloatVector.broadcast(FLOATS, beta);
    int i = from;
    for (; i <= to - COUNT; i += COUNT) {
      <@widen name="x0" array="xs" at="i" />
      FloatVector z0 = x0.sub(centers).fma(scales, betas);
      <@narrow name="all" value="z0" array="zs" at="i + shift" />
    }
    for (; i < to; i++) {
      float d = ${toFloat}(xs[i]) - center;
      zs[i + shift] = ${fromFloat}(Math.fma(d, scale, beta));
    }
  }

  @Override
  public void products(
      Tile<float[]> x, Tile<float[]> dz, int row, RunCoefficients k, float[] lanes) {
    short[] xs = Objects.requireNonNull(x.bits());
    short[] dzs = Objects.requireNonNull(dz.bits());
    int from = x.bitsOffset() + row * x.bitsStride();
    int shift = dz.bitsOffset() + row * dz.bitsStride() - from;
    int to = from + x.length();
    float center = (float) k.center[k.channel + row];
    FloatVector c = FloatVector.broadcast(FLOATS, center);
<#list 0..<ofProducts as k>
    FloatVector a${k} = FloatVector.zero(FLOATS);
    FloatVector b${k} = a${k};
</#list>
    int i = from;
    for (; i <= to - ${ofProducts} * COUNT; i += ${ofProducts} * COUNT) {
<#list 0..<ofProducts as k>
      <@widen name="x${k}" array="xs" at="i + ${k} * COUNT" />
      <@widen name="g${k}" array="dzs" at="i + shift + ${k} * COUNT" />
      a${k} = a${k}.add(g${k});
      b${k} = x${k}.sub(c).fma(g${k}, b${k});
</#list>
    }
    ${total("a", ofProducts)}.intoArray(lanes, 0);
    double sum = Lanes.total(lanes);
    ${total("b", ofProducts)}.intoArray(lanes, 0);
    double product = Lanes.total(lanes);
    for (; i < to; i++) {
      float g = ${toFloat}(dzs[i + shift]);
      sum += g;
      product += (double) g * (${toFloat}(xs[i]) - center);
    }
    k.first[k.sums + row] += sum;
    k.second[k.sums + row] += product;
  }

  @Override
  public void gradient(
      Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, int row, RunCoefficients c) {
    short[] xs = Objects.requireNonNull(x.bits());
    short[] dzs = Objects.requireNonNull(dz.bits());
    short[] dxs = Objects.requireNonNull(dx.bits());
    int atX = x.bitsOffset() + row * x.bitsStride();
    int atDz = dz.bitsOffset() + row * dz.bitsStride();
    int atDx = dx.bitsOffset() + row * dx.bitsStride();
    float center = (float) c.center[c.channel + row];
    float scale = (float) c.scale[c.channel + row];
    float slope = (float) c.slope[c.channel + row];
    float offset = (float) c.offset[c.channel + row];
    FloatVector centers = FloatVector.broadcast(FLOATS, center);
    FloatVector scales = FloatVector.broadcast(FLOATS, scale);
    FloatVector slopes = FloatVector.broadcast(FLOATS, slope);
    FloatVector offsets = FloatVector.broadcast(FLOATS, offset);
    int length = x.length();
    int i = 0;
    for (; i <= length - COUNT; i += COUNT) {
      <@widen name="x0" array="xs" at="atX + i" />
      <@widen name="g0" array="dzs" at="atDz + i" />
      FloatVector dx0 = g0.fma(scales, x0.sub(centers).fma(slopes, offsets));
      <@narrow name="all" value="dx0" array="dxs" at="atDx + i" />
    }
    for (; i < length; i++) {
      float d = ${toFloat}(xs[atX + i]) - center;
      float g = ${toFloat}(dzs[atDz + i]);
      dxs[atDx + i] = ${fromFloat}(Math.fma(g, scale, Math.fma(d, slope, offset)));
    }
  }
}
</#list>
