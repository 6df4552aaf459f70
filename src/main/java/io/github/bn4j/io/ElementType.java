package io.github.bn4j.io;

import io.github.bn4j.op.DataType;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The types of elements in a safetensors file, in the format's own order. bn4j computes with those
 * that have a {@link #dataType()}; the others are carried through as bytes.
 */
public enum ElementType {
  /** One byte per truth value. */
  BOOL(1, null),
  /** Unsigned, 8 bits. */
  U8(1, DataType.U8),
  /** Signed, 8 bits. */
  I8(1, null),
  /** 8-bit float, 5 bits of exponent. */
  F8_E5M2(1, null),
  /** 8-bit float, 4 bits of exponent. */
  F8_E4M3(1, null),
  /** 8-bit power of two. */
  F8_E8M0(1, null),
  /** Signed, 16 bits. */
  I16(2, null),
  /** Unsigned, 16 bits. */
  U16(2, null),
  /** IEEE 754 binary16. */
  F16(2, DataType.F16),
  /** The upper half of a binary32. */
  BF16(2, DataType.BF16),
  /** Signed, 32 bits. */
  I32(4, null),
  /** Unsigned, 32 bits. */
  U32(4, null),
  /** IEEE 754 binary32. */
  F32(4, DataType.F32),
  /** Two binary32. */
  C64(8, null),
  /** IEEE 754 binary64. */
  F64(8, DataType.F64),
  /** Signed, 64 bits. */
  I64(8, DataType.I64),
  /** Unsigned, 64 bits. */
  U64(8, null);

  private final int bytes;
  private final @Nullable DataType dataType;

  ElementType(int bytes, @Nullable DataType dataType) {
    this.bytes = bytes;
    this.dataType = dataType;
  }

  /** Size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  /** The type bn4j computes with; null for a type that is only carried through. */
  public @Nullable DataType dataType() {
    return dataType;
  }

  /** The type in a file of elements that bn4j computes with. */
  public static ElementType of(DataType dataType) {
    return valueOf(dataType.name());
  }

  /** The type of the given name in a file; null if there is none. */
  static @Nullable ElementType named(String name) {
    for (ElementType type : values()) {
      if (type.name().equals(name)) {
        return type;
      }
    }
    return null;
  }

  /** All names, for messages. */
  static String names() {
    return Arrays.stream(values()).map(ElementType::name).collect(Collectors.joining(", "));
  }
}
