package io.github.bn4j.op;

import java.util.Locale;

/** The type of a tensor's elements, as it lies in memory (little-endian). */
public enum DataType {
  /** IEEE 754 binary32. */
  F32(4),
  /** IEEE 754 binary64. */
  F64(8),
  /** IEEE 754 binary16. */
  F16(2),
  /** The upper half of a binary32: 8 bits of exponent, 7 of fraction. */
  BF16(2),
  /** A signed 64-bit integer; only for counters such as {@code num_batches_tracked}. */
  I64(8),
  /** A byte; only for the reserve space that a forward pass leaves for its backward pass. */
  U8(1);

  private final int bytes;

  DataType(int bytes) {
    this.bytes = bytes;
  }

  /** Size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  /** True for the types that activations can have. */
  public boolean isFloatingPoint() {
    return this != I64 && this != U8;
  }

  /**
   * The type of parameters, running and saved statistics that goes with activations of this type:
   * F64 for F64, else F32.
   */
  public DataType statisticsType() {
    return this == F64 ? F64 : F32;
  }

  /** The name used on the command line and in reports: {@code f32}, {@code bf16}, ... */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
