package io.github.bn4j.op;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * A tensor over direct or memory-mapped buffers: one, or several in a row where a tensor is larger
 * than the 2 GiB that one buffer can hold.
 */
public final class BufferTensor extends HostTensor {
  /**
   * Bytes of each but the last segment that {@link HostTensor#allocate} makes: 1 GiB, a multiple of
   * every element.
   */
  private static final long SEGMENT_BYTES = 1L << 30;

  private final ByteBuffer[] segments;
  private final long segmentElements;
  private final SegmentViews views;

  BufferTensor(DataType dataType, ByteBuffer... segments) {
    super(dataType, count(dataType, segments));
    this.segments = new ByteBuffer[segments.length];
    for (int i = 0; i < segments.length; i++) {
      this.segments[i] = segments[i].slice().order(ByteOrder.LITTLE_ENDIAN);
    }
    this.segmentElements = Math.max(1, segments[0].remaining() / dataType.bytes());
    this.views = new SegmentViews(dataType, this.segments, segmentElements);
  }

  private static long count(DataType dataType, ByteBuffer[] segments) {
    if (segments.length == 0) {
      throw new IllegalArgumentException("segments: expected at least 1 buffer, got 0");
    }
    long bytes = 0;
    for (int i = 0; i < segments.length; i++) {
      int size = segments[i].remaining();
      if (size % dataType.bytes() != 0
          || (i < segments.length - 1 && size != segments[0].remaining())
          || size > segments[0].remaining()) {
        throw new IllegalArgumentException(
            "segments: expected buffers of one size (the last may be shorter), a multiple of "
                + dataType.bytes()
                + " bytes, got "
                + size
                + " bytes in buffer "
                + i);
      }
      bytes += size;
    }
    return bytes / dataType.bytes();
  }

  static BufferTensor allocateSegments(DataType dataType, long elements) {
    long bytes = Math.multiplyExact(elements, dataType.bytes());
    int count = Math.toIntExact(Math.max(1, (bytes + SEGMENT_BYTES - 1) / SEGMENT_BYTES));
    ByteBuffer[] segments = new ByteBuffer[count];
    for (int i = 0; i < count; i++) {
      segments[i] =
          ByteBuffer.allocateDirect((int) Math.min(SEGMENT_BYTES, bytes - i * SEGMENT_BYTES));
    }
    return new BufferTensor(dataType, segments);
  }

  private ByteBuffer of(long index) {
    return segments[(int) (index / segmentElements)];
  }

  private int byteAt(long index) {
    return (int) (index % segmentElements) * dataType().bytes();
  }

  @Override
  public double get(long index) {
    Objects.checkIndex(index, elements());
    ByteBuffer segment = of(index);
    int at = byteAt(index);
    return switch (dataType()) {
      case F32 -> segment.getFloat(at);
      case F64 -> segment.getDouble(at);
      case F16 -> HalfPrecision.f16ToFloat(segment.getShort(at));
      case BF16 -> HalfPrecision.bf16ToFloat(segment.getShort(at));
      case I64, U8 -> getLong(index);
    };
  }

  @Override
  public void set(long index, double value) {
    Objects.checkIndex(index, elements());
    ByteBuffer segment = of(index);
    int at = byteAt(index);
    switch (dataType()) {
      case F32 -> segment.putFloat(at, (float) value);
      case F64 -> segment.putDouble(at, value);
      case F16 -> segment.putShort(at, HalfPrecision.doubleToF16(value));
      case BF16 -> segment.putShort(at, HalfPrecision.doubleToBf16(value));
      case I64, U8 -> setLong(index, (long) value);
    }
  }

  @Override
  public long getLong(long index) {
    Objects.checkIndex(index, elements());
    return dataType() == DataType.I64
        ? of(index).getLong(byteAt(index))
        : of(index).get(byteAt(index)) & 0xff;
  }

  @Override
  public void setLong(long index, long value) {
    Objects.checkIndex(index, elements());
    if (dataType() == DataType.I64) {
      of(index).putLong(byteAt(index), value);
    } else {
      of(index).put(byteAt(index), (byte) value);
    }
  }

  @Override
  public void read(long index, float[] into, int at, int count) {
    checkRun(index, count);
    switch (dataType()) {
      case F32 -> views.read(index, into, at, count);
      case F16 -> {
        for (int i = 0; i < count; i++) {
          into[at + i] = HalfPrecision.f16ToFloat(bits(index + i));
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          into[at + i] = HalfPrecision.bf16ToFloat(bits(index + i));
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          into[at + i] = (float) get(index + i);
        }
      }
    }
  }

  private short bits(long index) {
    return of(index).getShort(byteAt(index));
  }

  @Override
  public void write(long index, float[] from, int at, int count) {
    checkRun(index, count);
    switch (dataType()) {
      case F32 -> views.write(index, from, at, count);
      case F16 -> {
        for (int i = 0; i < count; i++) {
          of(index + i).putShort(byteAt(index + i), HalfPrecision.floatToF16(from[at + i]));
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          of(index + i).putShort(byteAt(index + i), HalfPrecision.floatToBf16(from[at + i]));
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          set(index + i, from[at + i]);
        }
      }
    }
  }

  @Override
  public void read(long index, double[] into, int at, int count) {
    checkRun(index, count);
    if (dataType() == DataType.F64) {
      views.read(index, into, at, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      into[at + i] = get(index + i);
    }
  }

  @Override
  public void write(long index, double[] from, int at, int count) {
    checkRun(index, count);
    if (dataType() == DataType.F64) {
      views.write(index, from, at, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      set(index + i, from[at + i]);
    }
  }

  @Override
  public void readRaw(long index, Object into, int at, int count) {
    checkRun(index, count);
    views.read(index, into, at, count);
  }

  @Override
  public void writeRaw(long index, Object from, int at, int count) {
    checkRun(index, count);
    views.write(index, from, at, count);
  }

  @Override
  public void readBytes(long byteOffset, ByteBuffer into) {
    checkRun(byteOffset / dataType().bytes(), into.remaining() / dataType().bytes());
    while (into.hasRemaining()) {
      ByteBuffer source = run(byteOffset, into.remaining());
      byteOffset += source.remaining();
      into.put(source);
    }
  }

  @Override
  public void writeBytes(long byteOffset, ByteBuffer from) {
    checkRun(byteOffset / dataType().bytes(), from.remaining() / dataType().bytes());
    while (from.hasRemaining()) {
      ByteBuffer target = run(byteOffset, from.remaining());
      int count = target.remaining();
      target.put(from.slice(from.position(), count));
      from.position(from.position() + count);
      byteOffset += count;
    }
  }

  /** The bytes from an offset to the end of its segment, at most so many. */
  private ByteBuffer run(long byteOffset, int atMost) {
    long segmentBytes = segmentElements * dataType().bytes();
    ByteBuffer segment = segments[(int) (byteOffset / segmentBytes)];
    int from = (int) (byteOffset % segmentBytes);
    return segment.slice(from, Math.min(atMost, segment.capacity() - from));
  }
}
