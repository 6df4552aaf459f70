<#include "/half.ftl" />
package io.github.bn4j.backend.cpu.vector;

<@imports />
import io.github.bn4j.backend.cpu.HalfKernels;
import io.github.bn4j.backend.cpu.HalfRun;

/**
 * Vector loops between 16-bit types and float, for what kernels do not convert on the way.
 *
 * <p>Both types' loops are in one method, several vectors to a round: so it is longer than 325
 * bytes, the most that HotSpot inlines. Every tile goes through several of these loops; inlined
 * into one method with each other and the arithmetic, they exhaust what the compiler allows a
 * method, and vectors that are left over stay in objects, at twenty times the time.
 */
final class VectorHalfKernels implements HalfKernels {
  private static final int F32_INFINITY = 0x7f800000;

<#list types as one>
  @Override
  public void widen${one}(HalfRun run) {
    widen(run, ${(one == "F16")?c});
  }

  @Override
  public void narrow${one}(HalfRun run) {
    narrow(run, ${(one == "F16")?c});
  }

</#list>
  private static void widen(HalfRun run, boolean f16) {
    short[] bits = run.bits;
    float[] values = run.values;
    int end = run.bitsAt + run.count;
    int shift = run.valuesAt - run.bitsAt;
    int i = run.bitsAt;
<#assign type = "F16" />
    for (; f16 && i <= end - COUNT; i += COUNT) {
      <@widen name="x0" array="bits" at="i" />
      x0.intoArray(values, i + shift);
    }
<#assign type = "Bf16" />
    for (; !f16 && i <= end - 4 * COUNT; i += 4 * COUNT) {
<#list 0..3 as k>
      <@widen name="x${k}" array="bits" at="i + ${k} * COUNT" />
</#list>
<#list 0..3 as k>
      x${k}.intoArray(values, i + shift + ${k} * COUNT);
</#list>
    }
    for (; i < end; i++) {
      values[i + shift] =
          f16 ? HalfPrecision.f16ToFloat(bits[i]) : HalfPrecision.bf16ToFloat(bits[i]);
    }
  }

  private static void narrow(HalfRun run, boolean f16) {
    short[] bits = run.bits;
    float[] values = run.values;
    int end = run.valuesAt + run.count;
    int shift = run.bitsAt - run.valuesAt;
    int i = run.valuesAt;
<#list types as one>
<#assign type = one />
    for (; ${(one == "F16")?then("", "!")}f16 && i <= end - COUNT; i += COUNT) {
      FloatVector x0 = FloatVector.fromArray(FLOATS, values, i);
      <@narrow name="all" value="x0" array="bits" at="i + shift" />
    }
</#list>
    for (; i < end; i++) {
      bits[i + shift] =
          f16 ? HalfPrecision.floatToF16(values[i]) : HalfPrecision.floatToBf16(values[i]);
    }
  }
}
