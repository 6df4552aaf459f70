package io.github.bn4j.train.cuda;

import io.github.bn4j.op.Activation;
import io.github.bn4j.op.TensorShape;
import io.github.bn4j.train.engine.ConvolutionSpec;
import io.github.bn4j.train.engine.DenseSpec;

/**
 * Sizes of a convolution or, as one of 1 x 1 over images of one position, of a dense layer.
 *
 * @param input batch x channels x height x width
 * @param output likewise
 * @param accumulate as in {@link DenseSpec}
 */
record ConvolutionShape(
    TensorShape input,
    TensorShape output,
    int kernel,
    int stride,
    int padding,
    Activation activation,
    boolean accumulate) {

  static ConvolutionShape of(ConvolutionSpec spec) {
    return new ConvolutionShape(
        spec.input(),
        spec.output(),
        spec.kernel(),
        spec.stride(),
        spec.padding(),
        spec.activation(),
        false);
  }

  static ConvolutionShape of(DenseSpec spec) {
    return new ConvolutionShape(
        TensorShape.of(spec.batch(), spec.inputs(), 1, 1),
        TensorShape.of(spec.batch(), spec.outputs(), 1, 1),
        1,
        1,
        0,
        spec.activation(),
        spec.accumulate());
  }

  long weights() {
    return output.channels() * input.channels() * kernel * kernel;
  }
}
