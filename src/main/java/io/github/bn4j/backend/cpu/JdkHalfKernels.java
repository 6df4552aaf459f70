package io.github.bn4j.backend.cpu;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Binary16 by the conversions of {@link Float} that JDK 20 brought, which become one instruction
 * for 16 values. A NaN becomes quiet and keeps the bits that fit.
 */
final class JdkHalfKernels implements HalfKernels {
  private static final boolean PRESENT = Runtime.version().feature() >= 20;

  // Constants, so that calls are inlined.
  private static final MethodHandle WIDEN = find("float16ToFloat", float.class, short.class);
  private static final MethodHandle NARROW = find("floatToFloat16", short.class, float.class);

  private final HalfKernels bfloat16;

  private JdkHalfKernels(HalfKernels bfloat16) {
    this.bfloat16 = bfloat16;
  }

  /** These for binary16 where the JDK has them, else the others for both. */
  static HalfKernels orElse(HalfKernels others) {
    return PRESENT ? new JdkHalfKernels(others) : others;
  }

  private static MethodHandle find(String name, Class<?> to, Class<?> from) {
    try {
      return PRESENT
          ? MethodHandles.publicLookup()
              .findStatic(Float.class, name, MethodType.methodType(to, from))
          : MethodHandles.empty(MethodType.methodType(to, from));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("expected Float." + name + " on JDK 20 and later", e);
    }
  }

  @Override
  public void widenF16(HalfRun run) {
    try {
      for (int r = 0; r < run.rows; r++) {
        int bitsAt = run.bitsAt + r * run.bitsStride;
        widen(run.bits, bitsAt, run.values, run.valuesAt + r * run.count, run.count);
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static void widen(short[] bits, int bitsAt, float[] values, int valuesAt, int count)
      throws Throwable {
    for (int i = 0; i < count; i++) {
      values[valuesAt + i] = (float) WIDEN.invokeExact(bits[bitsAt + i]);
    }
  }

  @Override
  public void narrowF16(HalfRun run) {
    try {
      for (int r = 0; r < run.rows; r++) {
        int bitsAt = run.bitsAt + r * run.bitsStride;
        narrow(run.bits, bitsAt, run.values, run.valuesAt + r * run.count, run.count);
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static void narrow(short[] bits, int bitsAt, float[] values, int valuesAt, int count)
      throws Throwable {
    for (int i = 0; i < count; i++) {
      bits[bitsAt + i] = (short) NARROW.invokeExact(values[valuesAt + i]);
    }
  }

  @Override
  public void widenBf16(HalfRun run) {
    bfloat16.widenBf16(run);
  }

  @Override
  public void narrowBf16(HalfRun run) {
    bfloat16.narrowBf16(run);
  }
}
