package io.github.bn4j.backend.cpu;

/**
 * Rows of 16-bit patterns and of the floats they stand for: the arguments of {@link HalfKernels}.
 * Reused, so that converting allocates nothing.
 */
public final class HalfRun {
  /** Bit patterns. */
  public short[] bits = new short[0];

  /** First bit pattern. */
  public int bitsAt;

  /** Patterns from one row's start to the next. */
  public int bitsStride;

  /** Floats, row after row. */
  public float[] values = new float[0];

  /** First float. */
  public int valuesAt;

  /** Rows. */
  public int rows = 1;

  /** Elements of a row. */
  public int count;
}
