<#include "/loops.ftl" />
<@pp.dropOutputFile />
<#list ["F32"] + halves as one>
<#assign type = one />
<#-- Vectors of a strip: f16 takes more operations, and a method must not have too many. -->
<#assign ofSums = {"F32": 4, "Bf16": 2, "F16": 1}[type] />
<#assign ofRest = (type == "F32")?then([2, 1], [1]) />
<#assign ofValues = {"F32": 4, "Bf16": 1, "F16": 2}[type] />
<#assign ofGradients = {"F32": 4, "Bf16": 1, "F16": 1}[type] />
<#-- Vectors of a round along a row. -->
<#assign ofRows = {"F32": [2, 1], "Bf16": [1], "F16": [1]}[type] />
<@pp.changeOutputFile name=type + "Columns.java" />
package io.github.bn4j.backend.cpu.vector;

<@imports />
import io.github.bn4j.backend.cpu.Columns;
import io.github.bn4j.backend.cpu.Tile;

/** Loops over columns of ${type}<#if type != "F32">, converted on the way</#if>. */
final class ${type}Columns implements ColumnLoops {
<#-- Sums of rows of strips: the loop of one strip, of so many vectors. -->
<#macro sumRows vectors>
<#list 0..<vectors as k>
      FloatVector c${k} = FloatVector.fromArray(FLOATS, c.center(), j${at(k)});
      FloatVector a${k} = FloatVector.zero(FLOATS);
      FloatVector b${k} = a${k};
</#list>
      for (int r = x.rows(); r > 0; r--) {
<#list 0..<vectors as k>
        <@widen name="x${k}" array="xs" at="atX${at(k)}" />
        FloatVector d${k} = x${k}.sub(c${k});
<#if products>
        <@widen name="g${k}" array="dzs" at="atDz${at(k)}" />
        a${k} = a${k}.add(g${k});
        b${k} = d${k}.fma(g${k}, b${k});
<#else>
        a${k} = a${k}.add(d${k});
        b${k} = d${k}.fma(d${k}, b${k});
</#if>
</#list>
        atX += ${stride("x")};
<#if products>
        atDz += ${stride("dz")};
</#if>
      }
<#list 0..<vectors as k>
      a${k}.add(FloatVector.fromArray(FLOATS, c.first(), j${at(k)})).intoArray(c.first(), j${at(k)});
      b${k}.add(FloatVector.fromArray(FLOATS, c.second(), j${at(k)})).intoArray(c.second(), j${at(k)});
</#list>
</#macro>
<#list [false, true] as each>
<#assign products = each />
<#assign name = products?then("gradientSums", "moments") />
<#assign tiles = products?then("x, dz", "x") />
<#assign parameters = products?then("Tile<float[]> x, Tile<float[]> dz", "Tile<float[]> x") />
<#macro arrays>
<@read array="xs" tile="x" />
    int atX = ${offset("x")} + j;
<#if products>
<@read array="dzs" tile="dz" />
    int atDz = ${offset("dz")} + j;
</#if>
<@widenConstants />
</#macro>
  @Override
  public void ${name}(${parameters}, Columns<float[]> c) {
    int j = 0;
<#if ofSums gt 1>
    for (; j <= x.length() - ${ofSums} * COUNT; j += ${ofSums} * COUNT) {
      ${name}Strip(${tiles}, j, c);
    }
</#if>
    while (j < x.length()) {
      j = ${name}Rest(${tiles}, j, c);
    }
  }

<#if ofSums gt 1>
  private static void ${name}Strip(${parameters}, int j, Columns<float[]> c) {
<@arrays />
<@sumRows vectors=ofSums />
  }

</#if>
  /** Of the columns of a vector or two, or else of all that are left; returns the next one. */
  private static int ${name}Rest(${parameters}, int from, Columns<float[]> c) {
    int j = from;
<@arrays />
<#list ofRest as vectors>
    if (j <= x.length() - ${vectors} * COUNT) {
<@sumRows vectors=vectors />
      return j + ${vectors} * COUNT;
    }
</#list>
    for (; j < x.length(); j++) {
      float first = 0;
      float second = 0;
      for (int r = 0; r < x.rows(); r++) {
        int at = ${offset("x")} + r * ${stride("x")} + j;
        float d = ${toFloat("xs[at]")} - c.center()[j];
<#if products>
        int atG = ${offset("dz")} + r * ${stride("dz")} + j;
        float g = ${toFloat("dzs[atG]")};
        first += g;
        second = Math.fma(d, g, second);
<#else>
        first += d;
        second = Math.fma(d, d, second);
</#if>
      }
      c.first()[j] += first;
      c.second()[j] += second;
    }
    return j;
  }

</#list>
  @Override
  public void normalize(Tile<float[]> x, Tile<float[]> z, Columns<float[]> c) {
    int done = VectorColumnKernels.inStrips(x, ${ofValues} * COUNT);
    for (int j = 0; j < done; j += ${ofValues} * COUNT) {
      normalizeStrip(x, z, j, c);
    }
    if (done < x.length()) {
      normalizeRows(x, z, done, c);
    }
  }

  private static void normalizeStrip(Tile<float[]> x, Tile<float[]> z, int j, Columns<float[]> c) {
<@read array="xs" tile="x" />
<@written array="zs" tile="z" />
<#list 0..<ofValues as k>
    FloatVector center${k} = FloatVector.fromArray(FLOATS, c.center(), j${at(k)});
    FloatVector scale${k} = FloatVector.fromArray(FLOATS, c.scale(), j${at(k)});
    FloatVector beta${k} = FloatVector.fromArray(FLOATS, c.shift(), j${at(k)});
</#list>
<@widenConstants />
<@putConstants />
    int atX = ${offset("x")} + j;
    int atZ = ${writtenOffset("z")} + j;
    for (int r = x.rows(); r > 0; r--) {
<#list 0..<ofValues as k>
      <@widen name="x${k}" array="xs" at="atX${at(k)}" />
</#list>
<#list 0..<ofValues as k>
      <@put name="z${k}" value="x${k}.sub(center${k}).fma(scale${k}, beta${k})" array="zs" at="atZ${at(k)}" />
</#list>
      atX += ${stride("x")};
      atZ += ${writtenStride("z")};
    }
  }

  private static void normalizeRows(
      Tile<float[]> x, Tile<float[]> z, int from, Columns<float[]> c) {
<@read array="xs" tile="x" />
<@written array="zs" tile="z" />
<@widenConstants />
<@putConstants />
    int length = x.length();
    float[] center = c.center();
    float[] scale = c.scale();
    float[] shift = c.shift();
    for (int r = 0; r < x.rows(); r++) {
      int atX = ${offset("x")} + r * ${stride("x")};
      int atZ = ${writtenOffset("z")} + r * ${writtenStride("z")};
      int j = from;
<#list ofRows as vectors>
      for (; j <= length - ${vectors} * COUNT; j += ${vectors} * COUNT) {
<#list 0..<vectors as k>
        <@widen name="x${k}" array="xs" at="atX + j${at(k)}" />
        FloatVector d${k} = x${k}.sub(FloatVector.fromArray(FLOATS, center, j${at(k)}));
        FloatVector scale${k} = FloatVector.fromArray(FLOATS, scale, j${at(k)});
        FloatVector z${k} = d${k}.fma(scale${k}, FloatVector.fromArray(FLOATS, shift, j${at(k)}));
        <@put name="all${k}" value="z${k}" array="zs" at="atZ + j${at(k)}" />
</#list>
      }
</#list>
      for (; j < length; j++) {
        float d = ${toFloat("xs[atX + j]")} - center[j];
        float value = Math.fma(d, scale[j], shift[j]);
        zs[atZ + j] = ${fromFloat("value")};
      }
    }
  }

  @Override
  public void gradient(Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, Columns<float[]> c) {
    int done = VectorColumnKernels.inStrips(x, ${ofGradients} * COUNT);
    for (int j = 0; j < done; j += ${ofGradients} * COUNT) {
      gradientStrip(x, dz, dx, j, c);
    }
    if (done < x.length()) {
      gradientRows(x, dz, dx, done, c);
    }
  }

  private static void gradientStrip(
      Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, int j, Columns<float[]> c) {
<@read array="xs" tile="x" />
<@read array="dzs" tile="dz" />
<@written array="dxs" tile="dx" />
<#list 0..<ofGradients as k>
    FloatVector center${k} = FloatVector.fromArray(FLOATS, c.center(), j${at(k)});
    FloatVector scale${k} = FloatVector.fromArray(FLOATS, c.scale(), j${at(k)});
    FloatVector slope${k} = FloatVector.fromArray(FLOATS, c.slope(), j${at(k)});
    FloatVector offset${k} = FloatVector.fromArray(FLOATS, c.offset(), j${at(k)});
</#list>
<@widenConstants />
<@putConstants />
    int atX = ${offset("x")} + j;
    int atDz = ${offset("dz")} + j;
    int atDx = ${writtenOffset("dx")} + j;
    for (int r = x.rows(); r > 0; r--) {
<#list 0..<ofGradients as k>
      <@widen name="x${k}" array="xs" at="atX${at(k)}" />
      <@widen name="g${k}" array="dzs" at="atDz${at(k)}" />
      FloatVector rest${k} = x${k}.sub(center${k}).fma(slope${k}, offset${k});
      FloatVector value${k} = g${k}.fma(scale${k}, rest${k});
</#list>
<#list 0..<ofGradients as k>
      <@put name="dx${k}" value="value${k}" array="dxs" at="atDx${at(k)}" />
</#list>
      atX += ${stride("x")};
      atDz += ${stride("dz")};
      atDx += ${writtenStride("dx")};
    }
  }

  private static void gradientRows(
      Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, int from, Columns<float[]> c) {
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
      int j = from;
      for (; j <= length - COUNT; j += COUNT) {
        <@widen name="x0" array="xs" at="atX + j" />
        <@widen name="g0" array="dzs" at="atDz + j" />
        FloatVector rest =
            x0.sub(FloatVector.fromArray(FLOATS, c.center(), j))
                .fma(
                    FloatVector.fromArray(FLOATS, c.slope(), j),
                    FloatVector.fromArray(FLOATS, c.offset(), j));
        FloatVector dx0 = g0.fma(FloatVector.fromArray(FLOATS, c.scale(), j), rest);
        <@put name="all" value="dx0" array="dxs" at="atDx + j" />
      }
      for (; j < length; j++) {
        float d = ${toFloat("xs[atX + j]")} - c.center()[j];
        float rest = Math.fma(d, c.slope()[j], c.offset()[j]);
        float value = Math.fma(${toFloat("dzs[atDz + j]")}, c.scale()[j], rest);
        dxs[atDx + j] = ${fromFloat("value")};
      }
    }
  }
}
</#list>
