package io.github.bn4j.backend.cpu;

/** Conversions between 16-bit types and float, round to nearest even, as in HalfPrecision. */
public interface HalfKernels {
  /** Floats from binary16. */
  void widenF16(HalfRun run);

  /** Floats from bfloat16. */
  void widenBf16(HalfRun run);

  /** Binary16 from floats. */
  void narrowF16(HalfRun run);

  /** Bfloat16 from floats. */
  void narrowBf16(HalfRun run);
}
