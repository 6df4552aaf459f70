package io.github.bn4j.backend.cpu;

import io.github.bn4j.op.HalfPrecision;

/** Plain loops between 16-bit types and float. */
final class PlainHalfKernels implements HalfKernels {
  @Override
  public void widenF16(HalfRun run) {
    for (int r = 0; r < run.rows; r++) {
      int from = run.bitsAt + r * run.bitsStride;
      int at = run.valuesAt + r * run.count;
      for (int i = 0; i < run.count; i++) {
        run.values[at + i] = HalfPrecision.f16ToFloat(run.bits[from + i]);
      }
    }
  }

  @Override
  public void widenBf16(HalfRun run) {
    for (int r = 0; r < run.rows; r++) {
      int from = run.bitsAt + r * run.bitsStride;
      int at = run.valuesAt + r * run.count;
      for (int i = 0; i < run.count; i++) {
        run.values[at + i] = HalfPrecision.bf16ToFloat(run.bits[from + i]);
      }
    }
  }

  @Override
  public void narrowF16(HalfRun run) {
    for (int r = 0; r < run.rows; r++) {
      int from = run.bitsAt + r * run.bitsStride;
      int at = run.valuesAt + r * run.count;
      for (int i = 0; i < run.count; i++) {
        run.bits[from + i] = HalfPrecision.floatToF16(run.values[at + i]);
      }
    }
  }

  @Override
  public void narrowBf16(HalfRun run) {
    for (int r = 0; r < run.rows; r++) {
      int from = run.bitsAt + r * run.bitsStride;
      int at = run.valuesAt + r * run.count;
      for (int i = 0; i < run.count; i++) {
        run.bits[from + i] = HalfPrecision.floatToBf16(run.values[at + i]);
      }
    }
  }
}
