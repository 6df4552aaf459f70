<#include "/half.ftl" />
<@pp.dropOutputFile />
<#list types as one>
<#assign type = one />
<#assign toFloat = "HalfPrecision." + type?uncap_first + "ToFloat" />
<#assign fromFloat = "HalfPrecision.floatTo" + type />
<#-- Vectors of a strip: f16 takes more operations, and a method must not have too many. -->
<#assign strip = (type == "Bf16")?then(2, 1) />
<#-- What is added to an index for vector k of a strip. -->
<#function at k><#return (k == 0)?then("", " + " + (k == 1)?then("COUNT", k + " * COUNT")) /></#function>
<@pp.changeOutputFile name=type + "Columns.java" />
package io.github.bn4j.backend.cpu.vector;

<@imports />
import io.github.bn4j.backend.cpu.Columns;
import io.github.bn4j.backend.cpu.Tile;
import java.util.Objects;

/** Loops over columns of ${type}, converted on the way. */
final class ${type}Columns implements HalfColumns {
  /** Longest rows that are cut to strips. */
  private static final int STRIPS = 256;

  private static final int STRIP = ${strip} * COUNT;

  private static final int F32_INFINITY = 0x7f800000;

  @Override
  public void moments(Tile<float[]> x, Columns<float[]> c) {
    int j = 0;
<#if strip == 2>
    for (; j <= x.length() - 2 * COUNT; j += 2 * COUNT) {
      moments2(x, j, c);
    }
</#if>
    for (; j <= x.length() - COUNT; j += COUNT) {
      moments1(x, j, c);
    }
    short[] xs = Objects.requireNonNull(x.bits());
    for (; j < x.length(); j++) {
      float sum = 0;
      float squares = 0;
      for (int r = 0; r < x.rows(); r++) {
        float d = ${toFloat}(xs[x.bitsOffset() + r * x.bitsStride() + j]) - c.center()[j];
        sum += d;
        squares = Math.fma(d, d, squares);
      }
      c.first()[j] += sum;
      c.second()[j] += squares;
    }
  }

<#list 1..strip as vectors>
  private static void moments${vectors}(Tile<float[]> x, int j, Columns<float[]> c) {
<#list 0..<vectors as k>
    FloatVector c${k} = FloatVector.fromArray(FLOATS, c.center(), j${at(k)});
    FloatVector a${k} = FloatVector.zero(FLOATS);
    FloatVector b${k} = a${k};
</#list>
    short[] xs = Objects.requireNonNull(x.bits());
    int atX = x.bitsOffset() + j;
    for (int r = x.rows(); r > 0; r--) {
<#list 0..<vectors as k>
      <@widen name="x${k}" array="xs" at="atX${at(k)}" />
      FloatVector d${k} = x${k}.sub(c${k});
      a${k} = a${k}.add(d${k});
      b${k} = d${k}.fma(d${k}, b${k});
</#list>
      atX += x.bitsStride();
    }
<@addSums vectors />
  }

</#list>
<#macro addSums vectors>
<#list 0..<vectors as k>
    a${k}.add(FloatVector.fromArray(FLOATS, c.first(), j${at(k)})).intoArray(c.first(), j${at(k)});
    b${k}.add(FloatVector.fromArray(FLOATS, c.second(), j${at(k)})).intoArray(c.second(), j${at(k)});
</#list>
</#macro>
  @Override
  public void gradientSums(Tile<float[]> x, Tile<float[]> dz, Columns<float[]> c) {
    int j = 0;
<#if strip == 2>
    for (; j <= x.length() - 2 * COUNT; j += 2 * COUNT) {
      products2(x, dz, j, c);
    }
</#if>
    for (; j <= x.length() - COUNT; j += COUNT) {
      products1(x, dz, j, c);
    }
    short[] xs = Objects.requireNonNull(x.bits());
    short[] dzs = Objects.requireNonNull(dz.bits());
    for (; j < x.length(); j++) {
      float sum = 0;
      float products = 0;
      for (int r = 0; r < x.rows(); r++) {
        float d = ${toFloat}(xs[x.bitsOffset() + r * x.bitsStride() + j]) - c.center()[j];
        float g = ${toFloat}(dzs[dz.bitsOffset() + r * dz.bitsStride() + j]);
        sum += g;
        products = Math.fma(d, g, products);
      }
      c.first()[j] += sum;
      c.second()[j] += products;
    }
  }

<#list 1..strip as vectors>
  private static void products${vectors}(
      Tile<float[]> x, Tile<float[]> dz, int j, Columns<float[]> c) {
<#list 0..<vectors as k>
    FloatVector c${k} = FloatVector.fromArray(FLOATS, c.center(), j${at(k)});
    FloatVector a${k} = FloatVector.zero(FLOATS);
    FloatVector b${k} = a${k};
</#list>
    short[] xs = Objects.requireNonNull(x.bits());
    short[] dzs = Objects.requireNonNull(dz.bits());
    int atX = x.bitsOffset() + j;
    int atDz = dz.bitsOffset() + j;
    for (int r = x.rows(); r > 0; r--) {
<#list 0..<vectors as k>
      <@widen name="x${k}" array="xs" at="atX${at(k)}" />
      <@widen name="g${k}" array="dzs" at="atDz${at(k)}" />
      a${k} = a${k}.add(g${k});
      b${k} = x${k}.sub(c${k}).fma(g${k}, b${k});
</#list>
      atX += x.bitsStride();
      atDz += dz.bitsStride();
    }
<@addSums vectors />
  }

</#list>
  @Override
  public void normalize(Tile<float[]> x, Tile<float[]> z, Columns<float[]> c) {
    int done = x.length() <= STRIPS ? x.length() / STRIP * STRIP : 0;
    for (int j = 0; j < done; j += STRIP) {
      normalizeStrips(x, z, j, c);
    }
    if (done < x.length()) {
      normalizeRows(x, z, done, c);
    }
  }

  private static void normalizeStrips(Tile<float[]> x, Tile<float[]> z, int j, Columns<float[]> c) {
<#list 0..<strip as k>
    FloatVector center${k} = FloatVector.fromArray(FLOATS, c.center(), j${at(k)});
    FloatVector scale${k} = FloatVector.fromArray(FLOATS, c.scale(), j${at(k)});
    FloatVector beta${k} = FloatVector.fromArray(FLOATS, c.shift(), j${at(k)});
</#list>
    short[] xs = Objects.requireNonNull(x.bits());
    short[] zs = Objects.requireNonNull(z.bits());
    int atX = x.bitsOffset() + j;
    int atZ = z.bitsOffset() + j;
    for (int r = x.rows(); r > 0; r--) {
<#list 0..<strip as k>
      <@widen name="x${k}" array="xs" at="atX${at(k)}" />
</#list>
<#list 0..<strip as k>
      FloatVector z${k} = x${k}.sub(center${k}).fma(scale${k}, beta${k});
      <@narrow name="all${k}" value="z${k}" array="zs" at="atZ${at(k)}" />
</#list>
      atX += x.bitsStride();
      atZ += z.bitsStride();
    }
  }

  private static void normalizeRows(
      Tile<float[]> x, Tile<float[]> z, int from, Columns<float[]> c) {
    short[] xs = Objects.requireNonNull(x.bits());
    short[] zs = Objects.requireNonNull(z.bits());
    int length = x.length();
    for (int r = 0; r < x.rows(); r++) {
      int atX = x.bitsOffset() + r * x.bitsStride();
      int atZ = z.bitsOffset() + r * z.bitsStride();
      int j = from;
      for (; j <= length - COUNT; j += COUNT) {
        <@widen name="x0" array="xs" at="atX + j" />
        FloatVector z0 =
            x0.sub(FloatVector.fromArray(FLOATS, c.center(), j))
                .fma(
                    FloatVector.fromArray(FLOATS, c.scale(), j),
                    FloatVector.fromArray(FLOATS, c.shift(), j));
        <@narrow name="all" value="z0" array="zs" at="atZ + j" />
      }
      for (; j < length; j++) {
        float d = ${toFloat}(xs[atX + j]) - c.center()[j];
        zs[atZ + j] = ${fromFloat}(Math.fma(d, c.scale()[j], c.shift()[j]));
      }
    }
  }

  @Override
  public void gradient(Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, Columns<float[]> c) {
    int done = x.length() <= STRIPS ? x.length() / STRIP * STRIP : 0;
    for (int j = 0; j < done; j += STRIP) {
      gradientStrips(x, dz, dx, j, c);
    }
    if (done < x.length()) {
      gradientRows(x, dz, dx, done, c);
    }
  }

  private static void gradientStrips(
      Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, int j, Columns<float[]> c) {
<#list 0..<strip as k>
    FloatVector center${k} = FloatVector.fromArray(FLOATS, c.center(), j${at(k)});
    FloatVector scale${k} = FloatVector.fromArray(FLOATS, c.scale(), j${at(k)});
    FloatVector slope${k} = FloatVector.fromArray(FLOATS, c.slope(), j${at(k)});
    FloatVector offset${k} = FloatVector.fromArray(FLOATS, c.offset(), j${at(k)});
</#list>
    short[] xs = Objects.requireNonNull(x.bits());
    short[] dzs = Objects.requireNonNull(dz.bits());
    short[] dxs = Objects.requireNonNull(dx.bits());
    int atX = x.bitsOffset() + j;
    int atDz = dz.bitsOffset() + j;
    int atDx = dx.bitsOffset() + j;
    for (int r = x.rows(); r > 0; r--) {
<#list 0..<strip as k>
      <@widen name="x${k}" array="xs" at="atX${at(k)}" />
      <@widen name="g${k}" array="dzs" at="atDz${at(k)}" />
</#list>
<#list 0..<strip as k>
      FloatVector rest${k} = x${k}.sub(center${k}).fma(slope${k}, offset${k});
      FloatVector dx${k} = g${k}.fma(scale${k}, rest${k});
      <@narrow name="all${k}" value="dx${k}" array="dxs" at="atDx${at(k)}" />
</#list>
      atX += x.bitsStride();
      atDz += dz.bitsStride();
      atDx += dx.bitsStride();
    }
  }

  private static void gradientRows(
      Tile<float[]> x, Tile<float[]> dz, Tile<float[]> dx, int from, Columns<float[]> c) {
    short[] xs = Objects.requireNonNull(x.bits());
    short[] dzs = Objects.requireNonNull(dz.bits());
    short[] dxs = Objects.requireNonNull(dx.bits());
    int length = x.length();
    for (int r = 0; r < x.rows(); r++) {
      int atX = x.bitsOffset() + r * x.bitsStride();
      int atDz = dz.bitsOffset() + r * dz.bitsStride();
      int atDx = dx.bitsOffset() + r * dx.bitsStride();
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
        <@narrow name="all" value="dx0" array="dxs" at="atDx + j" />
      }
      for (; j < length; j++) {
        float d = ${toFloat}(xs[atX + j]) - c.center()[j];
        float g = ${toFloat}(dzs[atDz + j]);
        float rest = Math.fma(d, c.slope()[j], c.offset()[j]);
        dxs[atDx + j] = ${fromFloat}(Math.fma(g, c.scale()[j], rest));
      }
    }
  }
}
</#list>
