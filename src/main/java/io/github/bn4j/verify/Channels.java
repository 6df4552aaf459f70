package io.github.bn4j.verify;

import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Layout;

/** Which elements of an activation tensor belong to which channel. */
final class Channels {
  private final long channels;
  private final long spatialSize;
  private final long values;
  private final boolean last;

  Channels(BatchNormSpec spec) {
    this.channels = spec.shape().channels();
    this.spatialSize = spec.shape().spatialSize();
    this.values = spec.shape().valuesPerChannel();
    this.last = spec.layout() == Layout.CHANNEL_LAST;
  }

  /** Number of channels. */
  long count() {
    return channels;
  }

  /** Values per channel. */
  long values() {
    return values;
  }

  /** Index in memory of the i-th value of a channel. */
  long index(long channel, long i) {
    return last
        ? i * channels + channel
        : (i / spatialSize * channels + channel) * spatialSize + i % spatialSize;
  }

  /** The channel of an element. */
  int of(long index) {
    return (int) (last ? index % channels : index / spatialSize % channels);
  }
}
