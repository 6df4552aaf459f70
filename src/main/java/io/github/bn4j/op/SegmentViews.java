package io.github.bn4j.op;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;

/**
 * The buffers of a tensor seen as elements, for bulk copies to and from arrays; these are memory
 * copies and allocate nothing.
 */
final class SegmentViews {
  private final DataType dataType;
  private final Buffer[] views;
  private final long segmentElements;

  SegmentViews(DataType dataType, ByteBuffer[] segments, long segmentElements) {
    this.dataType = dataType;
    this.segmentElements = segmentElements;
    this.views = new Buffer[segments.length];
    for (int i = 0; i < segments.length; i++) {
      views[i] =
          switch (dataType) {
            case F32 -> segments[i].asFloatBuffer();
            case F64 -> segments[i].asDoubleBuffer();
            case F16, BF16 -> segments[i].asShortBuffer();
            case I64 -> segments[i].asLongBuffer();
            case U8 -> segments[i];
          };
    }
  }

  void read(long index, Object into, int at, int count) {
    while (count > 0) {
      Buffer view = views[(int) (index / segmentElements)];
      int from = (int) (index % segmentElements);
      int run = Math.min(count, view.limit() - from);
      switch (dataType) {
        case F32 -> ((FloatBuffer) view).get(from, (float[]) into, at, run);
        case F64 -> ((DoubleBuffer) view).get(from, (double[]) into, at, run);
        case F16, BF16 -> ((ShortBuffer) view).get(from, (short[]) into, at, run);
        case I64 -> ((LongBuffer) view).get(from, (long[]) into, at, run);
        case U8 -> ((ByteBuffer) view).get(from, (byte[]) into, at, run);
      }
      index += run;
      at += run;
      count -= run;
    }
  }

  void write(long index, Object from, int at, int count) {
    while (count > 0) {
      Buffer view = views[(int) (index / segmentElements)];
      int to = (int) (index % segmentElements);
      int run = Math.min(count, view.limit() - to);
      switch (dataType) {
        case F32 -> ((FloatBuffer) view).put(to, (float[]) from, at, run);
        case F64 -> ((DoubleBuffer) view).put(to, (double[]) from, at, run);
        case F16, BF16 -> ((ShortBuffer) view).put(to, (short[]) from, at, run);
        case I64 -> ((LongBuffer) view).put(to, (long[]) from, at, run);
        case U8 -> ((ByteBuffer) view).put(to, (byte[]) from, at, run);
      }
      index += run;
      at += run;
      count -= run;
    }
  }
}
