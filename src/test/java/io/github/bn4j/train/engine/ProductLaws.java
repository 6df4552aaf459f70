package io.github.bn4j.train.engine;

import io.github.bn4j.op.Activation;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.op.TensorShape;
import org.junit.jupiter.api.Test;

/** Convolutions and dense layers, compared with plain loops in double. */
public abstract class ProductLaws extends EngineRig {
  /** A convolution's tensors on the engine, and what plain loops make of them. */
  private final class ConvolutionCase {
    final ConvolutionSpec spec;
    final Tensor x;
    final Tensor y;
    final Tensor dy;
    final Tensor dx;
    final Weights weights;

    ConvolutionCase(ConvolutionSpec spec, boolean hasBias) {
      this.spec = spec;
      this.x = random(spec.input().elements());
      this.y = zeros(spec.output().elements());
      this.dy = random(spec.output().elements());
      this.dx = zeros(spec.input().elements());
      this.weights = weights(spec.weightElements(), hasBias ? spec.outputChannels() : 0);
    }

    /** {@code visit(output index, input index, weight index)} for each product of the sum. */
    void forEachProduct(Visitor visitor) {
      long[] in = spec.input().sizes();
      long[] out = spec.output().sizes();
      int k = spec.kernel();
      for (int n = 0; n < out[0]; n++) {
        for (int o = 0; o < out[1]; o++) {
          for (int oy = 0; oy < out[2]; oy++) {
            for (int ox = 0; ox < out[3]; ox++) {
              int to = (int) (((n * out[1] + o) * out[2] + oy) * out[3] + ox);
              for (int c = 0; c < in[1]; c++) {
                for (int w = 0; w < k * k; w++) {
                  int iy = oy * spec.stride() - spec.padding() + w / k;
                  int ix = ox * spec.stride() - spec.padding() + w % k;
                  if (iy >= 0 && iy < in[2] && ix >= 0 && ix < in[3]) {
                    int from = (int) (((n * in[1] + c) * in[2] + iy) * in[3] + ix);
                    visitor.visit(to, from, (int) ((o * in[1] + c) * k * k) + w);
                  }
                }
              }
            }
          }
        }
      }
    }

    int channel(int output) {
      long[] out = spec.output().sizes();
      return (int) (output / (out[2] * out[3]) % out[1]);
    }
  }

  private interface Visitor {
    void visit(int output, int input, int weight);
  }

  private void checkConvolution(ConvolutionSpec spec, boolean hasBias) {
    ConvolutionCase each = new ConvolutionCase(spec, hasBias);
    double[] x = values(each.x);
    double[] w = values(each.weights.weight());
    double[] bias = valuesOrZeros(each.weights.bias(), spec.outputChannels());
    double[] dy = values(each.dy);
    double[] y = new double[dy.length];
    for (int i = 0; i < y.length; i++) {
      y[i] = bias[each.channel(i)];
    }
    each.forEachProduct((to, from, weight) -> y[to] += x[from] * w[weight]);
    boolean relu = spec.activation() == Activation.RELU;
    double[] dBias = new double[bias.length];
    for (int i = 0; i < y.length; i++) {
      dy[i] = relu && y[i] <= 0 ? 0 : dy[i];
      y[i] = relu ? Math.max(y[i], 0) : y[i];
      dBias[each.channel(i)] += dy[i];
    }
    double[] dx = new double[x.length];
    double[] dw = new double[w.length];
    each.forEachProduct(
        (to, from, weight) -> {
          dx[from] += dy[to] * w[weight];
          dw[weight] += dy[to] * x[from];
        });

    try (Step step =
        engine.convolution(spec, each.weights, new Flow(each.x, each.y, each.dy, each.dx))) {
      step.forward();
      assertClose("y", y, values(each.y));
      step.backward();
      assertClose("dx", dx, values(each.dx));
      assertClose("dWeight", dw, values(each.weights.dWeight()));
      Tensor got = each.weights.dBias();
      if (got != null) {
        assertClose("dBias", dBias, values(got));
      }
    }
  }

  @Test
  void convolution_withPadding_isTheSum() {
    checkConvolution(
        new ConvolutionSpec(TensorShape.of(5, 3, 7, 6), 4, 3, 1, 1, Activation.NONE), true);
  }

  @Test
  void convolution_withoutPaddingAndWithRelu_isTheSum() {
    checkConvolution(
        new ConvolutionSpec(TensorShape.of(9, 2, 8, 8), 5, 3, 1, 0, Activation.RELU), true);
  }

  @Test
  void convolution_withStrideAndLargeKernel_isTheSum() {
    checkConvolution(
        new ConvolutionSpec(TensorShape.of(3, 2, 13, 12), 4, 5, 4, 2, Activation.RELU), false);
  }

  @Test
  void convolution_ofOneImage_isTheSum() {
    checkConvolution(
        new ConvolutionSpec(TensorShape.of(1, 4, 5, 5), 3, 1, 2, 0, Activation.NONE), true);
  }

  @Test
  void dense_isTheSum() {
    checkDense(new DenseSpec(7, 13, 5, Activation.RELU, false));
    checkDense(new DenseSpec(64, 300, 70, Activation.NONE, false));
  }

  @Test
  void dense_thatAccumulates_addsToTheGradients() {
    checkDense(new DenseSpec(6, 11, 4, Activation.NONE, true));
  }

  private void checkDense(DenseSpec spec) {
    int n = (int) spec.batch();
    int in = (int) spec.inputs();
    int out = (int) spec.outputs();
    Tensor x = random((long) n * in);
    Tensor y = zeros((long) n * out);
    Tensor dy = random((long) n * out);
    Tensor dx = zeros((long) n * in);
    Weights weights = weights((long) in * out, out);
    double[] xs = values(x);
    double[] ws = values(weights.weight());
    double[] ys = new double[n * out];
    double[] dys = values(dy);
    double[] dxs = new double[n * in];
    double[] dws = spec.accumulate() ? values(weights.dWeight()) : new double[in * out];
    double[] dbs = spec.accumulate() ? valuesOrZeros(weights.dBias(), out) : new double[out];
    double[] bias = valuesOrZeros(weights.bias(), out);
    for (int i = 0; i < n * out; i++) {
      int row = i / out;
      int o = i % out;
      ys[i] = bias[o];
      for (int k = 0; k < in; k++) {
        ys[i] += xs[row * in + k] * ws[o * in + k];
      }
      if (spec.activation() == Activation.RELU && ys[i] <= 0) {
        ys[i] = 0;
        dys[i] = 0;
      }
      dbs[o] += dys[i];
      for (int k = 0; k < in; k++) {
        dxs[row * in + k] += dys[i] * ws[o * in + k];
        dws[o * in + k] += dys[i] * xs[row * in + k];
      }
    }

    try (Step step = engine.dense(spec, weights, new Flow(x, y, dy, dx))) {
      step.forward();
      step.backward();
      assertClose("y", ys, values(y));
      assertClose("dx", dxs, values(dx));
      assertClose("dWeight", dws, values(weights.dWeight()));
      assertClose("dBias", dbs, valuesOrZeros(weights.dBias(), out));
    }
  }
}
