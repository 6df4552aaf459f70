package io.github.bn4j.train.network;

import io.github.bn4j.op.Activation;
import io.github.bn4j.op.TensorShape;
import io.github.bn4j.train.engine.ConvolutionSpec;
import io.github.bn4j.train.engine.PoolSpec;

/** Sizes of one sample between two layers; a vector has height and width 1. */
record SampleShape(long channels, long height, long width) {
  long elements() {
    return channels * height * width;
  }

  TensorShape ofBatch(long batch) {
    return TensorShape.of(batch, channels, height, width);
  }

  /** What normalization sees: a vector has no spatial sizes. */
  TensorShape normalized(long batch) {
    return height * width == 1 ? TensorShape.of(batch, channels) : ofBatch(batch);
  }

  ConvolutionSpec convolution(long batch, Layer.Convolution each) {
    return new ConvolutionSpec(
        ofBatch(batch),
        each.outputs(),
        each.kernel(),
        each.stride(),
        each.padding(),
        each.relu() ? Activation.RELU : Activation.NONE);
  }

  PoolSpec pool(long batch, Layer.MaxPool each) {
    return new PoolSpec(ofBatch(batch), each.kernel(), each.stride());
  }

  /** Sizes after a layer. */
  SampleShape after(Layer layer) {
    if (layer instanceof Layer.Convolution each) {
      return of(convolution(1, each).output());
    }
    if (layer instanceof Layer.MaxPool each) {
      return of(pool(1, each).output());
    }
    if (layer instanceof Layer.Dense each) {
      return new SampleShape(each.outputs(), 1, 1);
    }
    if (layer instanceof Layer.Recurrent each) {
      return new SampleShape(each.hidden(), 1, 1);
    }
    return this;
  }

  private static SampleShape of(TensorShape shape) {
    long[] sizes = shape.sizes();
    return new SampleShape(sizes[1], sizes[2], sizes[3]);
  }
}
