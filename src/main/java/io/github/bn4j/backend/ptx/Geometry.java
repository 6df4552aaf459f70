package io.github.bn4j.backend.ptx;

import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.TensorShape;

/**
 * A tensor as a kernel sees it. Equal memory gets equal geometry, whatever it is called: one
 * spatial position makes channel second the same as channel last, and one channel makes both a
 * single row.
 *
 * @param channelLast true for {@code rows} rows of c elements, false for {@code rows} rows of hw
 *     elements whose channels repeat every c rows
 * @param rows rows in memory; 0 for an empty batch
 * @param c channels
 * @param hw spatial size where channels come second, else 1
 * @param m values per channel
 */
record Geometry(boolean channelLast, long rows, long c, long hw, long m) {
  static Geometry of(BatchNormSpec spec) {
    TensorShape shape = spec.shape();
    long c = shape.channels();
    long m = shape.valuesPerChannel();
    if (c == 1 && m > 0) {
      return new Geometry(false, 1, 1, m, m);
    }
    if (spec.layout() == Layout.CHANNEL_LAST || shape.spatialSize() <= 1 || m == 0) {
      return new Geometry(true, m, c, 1, m);
    }
    return new Geometry(false, shape.batch() * c, c, shape.spatialSize(), m);
  }

  /** The layout in the names of kernel entries. */
  String label() {
    return channelLast ? "nhwc" : "nchw";
  }

  /**
   * Bytes of one bit per element. Channel last starts a byte with every row, so that threads of
   * different rows never share one.
   */
  long maskBytes() {
    return channelLast ? rows * ceilDiv(c, 8) : ceilDiv(rows * hw, 8);
  }

  /** Rounded up. */
  static long ceilDiv(long value, long divisor) {
    return value / divisor + (value % divisor == 0 ? 0 : 1);
  }
}
