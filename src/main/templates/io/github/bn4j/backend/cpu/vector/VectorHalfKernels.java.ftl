<#include "/loops.ftl" />
package io.github.bn4j.backend.cpu.vector;

<#assign type = "F16" />
<@imports />
import io.github.bn4j.backend.cpu.HalfKernels;
import io.github.bn4j.backend.cpu.HalfRun;

/** Vector loops between 16-bit types and float, for what kernels do not convert on the way. */
final class VectorHalfKernels implements HalfKernels {
<#list halves as one>
<#assign type = one />
<#macro loop vectors>
    short[] bits = run.bits;
    float[] values = run.values;
    int count = run.count;
    for (int r = 0; r < run.rows; r++) {
      int i = Objects.checkFromIndexSize(run.bitsAt + r * run.bitsStride, count, bits.length);
      int shift = Objects.checkFromIndexSize(run.valuesAt + r * count, count, values.length) - i;
      int end = i + count;
<#list vectors as each>
      for (; i <= end - ${each} * COUNT; i += ${each} * COUNT) {
<#list 0..<each as k>
<#nested k>
</#list>
      }
</#list>
</#macro>
  @Override
  public void widen${type}(HalfRun run) {
<@widenConstants />
<@loop vectors=(type == "Bf16")?then([4, 1], [2]); k>
        <@widen name="x${k}" array="bits" at="i${at(k)}" />
        x${k}.intoArray(values, i + shift${at(k)});
</@loop>
      for (; i < end; i++) {
        values[i + shift] = HalfPrecision.${type?uncap_first}ToFloat(bits[i]);
      }
    }
  }

  @Override
  public void narrow${type}(HalfRun run) {
<@narrowConstants />
<@loop vectors=[1]; k>
        FloatVector x${k} = FloatVector.fromArray(FLOATS, values, i + shift${at(k)});
        <@narrow name="all${k}" value="x${k}" array="bits" at="i${at(k)}" />
</@loop>
      for (; i < end; i++) {
        bits[i] = HalfPrecision.floatTo${type}(values[i + shift]);
      }
    }
  }

</#list>
}
