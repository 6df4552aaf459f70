package io.github.bn4j.train.engine;

import io.github.bn4j.op.Activation;
import io.github.bn4j.op.TensorShape;

/**
 * A two-dimensional cross-correlation as every framework's convolution, NCHW, f32: {@code y =
 * act(weight * x + bias)}.
 *
 * @param input batch x channels x height x width
 * @param outputChannels channels of y
 * @param kernel height and width of the kernel
 * @param stride distance of neighbouring windows
 * @param padding zeros on each side
 * @param activation applied by forward; backward first masks dy in place
 */
public record ConvolutionSpec(
    TensorShape input,
    long outputChannels,
    int kernel,
    int stride,
    int padding,
    Activation activation) {

  /** Checks the sizes. */
  public ConvolutionSpec {
    Sizes.images("input", input);
    Sizes.positive("outputChannels", outputChannels);
    Sizes.window(input, kernel, stride, padding);
  }

  /** Sizes of y. */
  public TensorShape output() {
    return Sizes.windows(input, outputChannels, kernel, stride, padding);
  }

  /** Elements of the weight. */
  public long weightElements() {
    return outputChannels * input.channels() * kernel * kernel;
  }
}
