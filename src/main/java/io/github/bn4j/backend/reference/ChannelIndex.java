package io.github.bn4j.backend.reference;

import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Layout;

/** Where in memory the values of a channel lie. */
final class ChannelIndex {
  private final long channels;
  private final long spatialSize;
  private final boolean channelLast;

  ChannelIndex(BatchNormSpec spec) {
    this.channels = spec.shape().channels();
    this.spatialSize = spec.shape().spatialSize();
    this.channelLast = spec.layout() == Layout.CHANNEL_LAST;
  }

  /**
   * Index of one value.
   *
   * @param c channel
   * @param i number of the value within its channel, {@code n * spatialSize + position}
   */
  long of(long c, long i) {
    if (channelLast) {
      return i * channels + c;
    }
    long n = i / spatialSize;
    long position = i % spatialSize;
    return (n * channels + c) * spatialSize + position;
  }
}
