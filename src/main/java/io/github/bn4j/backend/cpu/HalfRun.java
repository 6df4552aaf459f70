package io.github.bn4j.backend.cpu;

/**
 * A run of 16-bit patterns and the floats they stand for: the arguments of {@link HalfKernels}.
 * Reused, so that converting allocates nothing.
 */
public final class HalfRun {
  /** Bit patterns. */
  public short[] bits = new short[0];

  /** First bit pattern. */
  public int bitsAt;

  /** Floats. */
  public float[] values = new float[0];

  /** First float. */
  public int valuesAt;

  /** How many. */
  public int count;
}
