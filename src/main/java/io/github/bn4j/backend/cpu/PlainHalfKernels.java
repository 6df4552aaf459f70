package io.github.bn4j.backend.cpu;

import io.github.bn4j.op.HalfPrecision;

/** Plain loops between 16-bit types and float. */
final class PlainHalfKernels implements HalfKernels {
  @Override
  public void widenF16(HalfRun run) {
    for (int i = 0; i < run.count; i++) {
      run.values[run.valuesAt + i] = HalfPrecision.f16ToFloat(run.bits[run.bitsAt + i]);
    }
  }

  @Override
  public void widenBf16(HalfRun run) {
    for (int i = 0; i < run.count; i++) {
      run.values[run.valuesAt + i] = HalfPrecision.bf16ToFloat(run.bits[run.bitsAt + i]);
    }
  }

  @Override
  public void narrowF16(HalfRun run) {
    for (int i = 0; i < run.count; i++) {
      run.bits[run.bitsAt + i] = HalfPrecision.floatToF16(run.values[run.valuesAt + i]);
    }
  }

  @Override
  public void narrowBf16(HalfRun run) {
    for (int i = 0; i < run.count; i++) {
      run.bits[run.bitsAt + i] = HalfPrecision.floatToBf16(run.values[run.valuesAt + i]);
    }
  }
}
