package io.github.bn4j.emulator;

import static io.github.bn4j.emulator.CudnnSession.*;
import static io.github.bn4j.emulator.DriverCalls.*;
import static jcuda.jcudnn.cudnnActivationMode.*;
import static jcuda.jcudnn.cudnnDataType.CUDNN_DATA_FLOAT;
import static jcuda.jcudnn.cudnnPoolingMode.*;
import static jcuda.jcudnn.cudnnSoftmaxAlgorithm.*;
import static jcuda.jcudnn.cudnnSoftmaxMode.*;
import static org.assertj.core.api.Assertions.assertThat;

import jcuda.driver.CUdeviceptr;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnActivationDescriptor;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnPoolingDescriptor;
import jcuda.jcudnn.cudnnTensorDescriptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The stand-in's pooling, activations, softmax and bias, against numbers worked out by hand. */
@EmulatedCuda
@SuppressWarnings("deprecation")
final class CudnnLayersTest {
  private static final float NAN = Float.NaN;

  private final CudnnSession session = new CudnnSession();
  private final cudnnHandle handle = session.handle();

  @BeforeEach
  void create() {
    session.open();
  }

  @AfterEach
  void destroy() {
    session.close();
  }

  private static cudnnTensorDescriptor floatsOf(int n, int c, int h, int w) {
    return tensor(CUDNN_DATA_FLOAT, n, c, h, w);
  }

  private static cudnnPoolingDescriptor pooling(
      int mode, int nan, int window, int pad, int stride) {
    cudnnPoolingDescriptor how = new cudnnPoolingDescriptor();
    done(JCudnn.cudnnCreatePoolingDescriptor(how));
    done(
        JCudnn.cudnnSetPooling2dDescriptor(
            how, mode, nan, window, window, pad, pad, stride, stride));
    return how;
  }

  @Test
  void pooling_takesTheFirstMaximumAndGivesItTheGradient() {
    cudnnPoolingDescriptor how = pooling(CUDNN_POOLING_MAX_DETERMINISTIC, 1, 2, 0, 1);
    cudnnTensorDescriptor x = floatsOf(1, 1, 3, 3);
    cudnnTensorDescriptor y = floatsOf(1, 1, 2, 2);
    CUdeviceptr in = floats(1, 5, 5, 5, 0, 2, -1, -1, NAN);
    CUdeviceptr out = allocate(16);
    done(JCudnn.cudnnPoolingForward(handle, how, ONE, x, in, ZERO, y, out));
    assertThat(session.result(out, 4)).containsExactly(5, 5, 5, NAN);
    CUdeviceptr dx = allocate(36);
    CUdeviceptr dy = floats(1, 10, 100, 1000);
    done(JCudnn.cudnnPoolingBackward(handle, how, ONE, y, out, y, dy, x, in, ZERO, x, dx));
    assertThat(session.result(dx, 9)).containsExactly(0, 11, 0, 100, 0, 0, 0, 0, 1000);
  }

  @Test
  void pooling_passesOverPaddingAndOverNanWhereToldTo() {
    cudnnPoolingDescriptor how = pooling(CUDNN_POOLING_MAX_DETERMINISTIC, 0, 2, 1, 2);
    cudnnTensorDescriptor x = floatsOf(1, 1, 2, 2);
    CUdeviceptr out = allocate(16);
    int[] n = new int[1];
    int[] c = new int[1];
    int[] h = new int[1];
    int[] w = new int[1];
    done(JCudnn.cudnnGetPooling2dForwardOutputDim(how, x, n, c, h, w));
    assertThat(new int[] {n[0], c[0], h[0], w[0]}).containsExactly(1, 1, 2, 2);
    CUdeviceptr in = floats(-1, -2, -3, -4);
    done(JCudnn.cudnnPoolingForward(handle, how, ONE, x, in, ZERO, floatsOf(1, 1, 2, 2), out));
    assertThat(session.result(out, 4)).containsExactly(-1, -2, -3, -4);
    cudnnPoolingDescriptor whole = pooling(CUDNN_POOLING_MAX, 0, 2, 0, 2);
    in = floats(NAN, -2, -3, NAN);
    done(JCudnn.cudnnPoolingForward(handle, whole, ONE, x, in, ZERO, floatsOf(1, 1, 1, 1), out));
    assertThat(session.result(out, 1)).containsExactly(-2);
  }

  @Test
  void pooling_refusesAveragesAndWrongSizes() {
    cudnnTensorDescriptor x = floatsOf(1, 1, 2, 2);
    CUdeviceptr some = floats(1, 2, 3, 4);
    cudnnPoolingDescriptor average =
        pooling(CUDNN_POOLING_AVERAGE_COUNT_EXCLUDE_PADDING, 0, 1, 0, 1);
    assertThat(JCudnn.cudnnPoolingForward(handle, average, ONE, x, some, ZERO, x, some))
        .isEqualTo(NOT_SUPPORTED);
    cudnnPoolingDescriptor how = pooling(CUDNN_POOLING_MAX, 0, 2, 0, 2);
    assertThat(JCudnn.cudnnPoolingForward(handle, how, ONE, x, some, ZERO, x, some))
        .isEqualTo(BAD_PARAM);
    assertThat(JCudnn.cudnnSetPooling2dDescriptor(how, 0, 0, 2, 2, 2, 2, 1, 1))
        .isEqualTo(BAD_PARAM);
  }

  private static cudnnActivationDescriptor activation(int mode) {
    cudnnActivationDescriptor descriptor = new cudnnActivationDescriptor();
    done(JCudnn.cudnnCreateActivationDescriptor(descriptor));
    done(JCudnn.cudnnSetActivationDescriptor(descriptor, mode, 1, 0));
    return descriptor;
  }

  @Test
  void relu_isInPlaceAndKeepsNan() {
    cudnnActivationDescriptor relu = activation(CUDNN_ACTIVATION_RELU);
    cudnnTensorDescriptor x = floatsOf(1, 4, 1, 1);
    CUdeviceptr data = floats(-1, 0, 2, NAN);
    done(JCudnn.cudnnActivationForward(handle, relu, ONE, x, data, ZERO, x, data));
    assertThat(session.result(data, 4)).containsExactly(0, 0, 2, NAN);
    CUdeviceptr dy = floats(5, 6, 7, 8);
    done(JCudnn.cudnnActivationBackward(handle, relu, ONE, x, data, x, dy, x, data, ZERO, x, dy));
    assertThat(session.result(dy, 4)).containsExactly(0, 0, 7, 0);
  }

  @Test
  void tanhAndSigmoid_haveTheirSlopes() {
    cudnnTensorDescriptor x = floatsOf(1, 2, 1, 1);
    float ln3 = (float) Math.log(3);
    CUdeviceptr in = floats(ln3, 0);
    CUdeviceptr y = allocate(8);
    CUdeviceptr dx = allocate(8);
    CUdeviceptr dy = floats(1, 2);
    cudnnActivationDescriptor tanh = activation(CUDNN_ACTIVATION_TANH);
    done(JCudnn.cudnnActivationForward(handle, tanh, ONE, x, in, ZERO, x, y));
    assertThat(session.result(y, 2)).usingComparatorWithPrecision(1e-6f).containsExactly(0.8f, 0f);
    done(JCudnn.cudnnActivationBackward(handle, tanh, ONE, x, y, x, dy, x, in, ZERO, x, dx));
    assertThat(session.result(dx, 2))
        .usingComparatorWithPrecision(1e-6f)
        .containsExactly(0.36f, 2f);
    cudnnActivationDescriptor sigmoid = activation(CUDNN_ACTIVATION_SIGMOID);
    done(JCudnn.cudnnActivationForward(handle, sigmoid, ONE, x, in, ZERO, x, y));
    assertThat(session.result(y, 2))
        .usingComparatorWithPrecision(1e-6f)
        .containsExactly(0.75f, 0.5f);
    done(JCudnn.cudnnActivationBackward(handle, sigmoid, ONE, x, y, x, dy, x, in, ZERO, x, dx));
    assertThat(session.result(dx, 2))
        .usingComparatorWithPrecision(1e-6f)
        .containsExactly(0.1875f, 0.5f);
    assertThat(
            JCudnn.cudnnActivationForward(
                handle, activation(CUDNN_ACTIVATION_ELU), ONE, x, in, ZERO, x, y))
        .isEqualTo(NOT_SUPPORTED);
  }

  private float[] softmax(int algorithm, int mode, cudnnTensorDescriptor x, CUdeviceptr in, int n) {
    CUdeviceptr out = allocate(4L * n);
    done(JCudnn.cudnnSoftmaxForward(handle, algorithm, mode, ONE, x, in, ZERO, x, out));
    return session.result(out, n);
  }

  @Test
  void softmax_sharesOut() {
    float ln3 = (float) Math.log(3);
    cudnnTensorDescriptor x = floatsOf(2, 2, 1, 1);
    CUdeviceptr in = floats(0, ln3, 1000, 1000);
    assertThat(softmax(CUDNN_SOFTMAX_ACCURATE, CUDNN_SOFTMAX_MODE_INSTANCE, x, in, 4))
        .usingComparatorWithPrecision(1e-6f)
        .containsExactly(0.25f, 0.75f, 0.5f, 0.5f);
    assertThat(softmax(CUDNN_SOFTMAX_LOG, CUDNN_SOFTMAX_MODE_CHANNEL, x, in, 4))
        .usingComparatorWithPrecision(1e-6f)
        .containsExactly(
            (float) Math.log(0.25),
            (float) Math.log(0.75),
            -(float) Math.log(2),
            -(float) Math.log(2));
    assertThat(softmax(CUDNN_SOFTMAX_FAST, CUDNN_SOFTMAX_MODE_CHANNEL, x, in, 4))
        .as("overflows")
        .contains(NAN);
    // Per channel: over c at each place, so 0 with 0 and ln 3 with ln 3.
    assertThat(
            softmax(
                CUDNN_SOFTMAX_ACCURATE,
                CUDNN_SOFTMAX_MODE_CHANNEL,
                floatsOf(1, 2, 1, 2),
                floats(0, ln3, 0, ln3),
                4))
        .containsOnly(0.5f);
  }

  @Test
  void softmaxBackward_takesTheMeanOff() {
    cudnnTensorDescriptor y = floatsOf(1, 2, 1, 1);
    CUdeviceptr shares = floats(0.25f, 0.75f);
    CUdeviceptr dy = floats(4, 8);
    CUdeviceptr dx = allocate(8);
    int mode = CUDNN_SOFTMAX_MODE_CHANNEL;
    done(
        JCudnn.cudnnSoftmaxBackward(
            handle, CUDNN_SOFTMAX_ACCURATE, mode, ONE, y, shares, y, dy, ZERO, y, dx));
    // The mean of dy by shares is 7.
    assertThat(session.result(dx, 2)).containsExactly(-0.75f, 0.75f);
    CUdeviceptr logs = floats((float) Math.log(0.25), (float) Math.log(0.75));
    done(
        JCudnn.cudnnSoftmaxBackward(
            handle, CUDNN_SOFTMAX_LOG, mode, ONE, y, logs, y, dy, ZERO, y, dx));
    assertThat(session.result(dx, 2)).usingComparatorWithPrecision(1e-5f).containsExactly(1f, -1f);
  }

  @Test
  void bias_isAddedAndSummed() {
    cudnnTensorDescriptor bias = floatsOf(1, 2, 1, 1);
    cudnnTensorDescriptor y = floatsOf(2, 2, 1, 2);
    CUdeviceptr data = floats(1, 2, 3, 4, 5, 6, 7, 8);
    done(JCudnn.cudnnAddTensor(handle, ONE, bias, floats(10, 20), ONE, y, data));
    assertThat(session.result(data, 8)).containsExactly(11, 12, 23, 24, 15, 16, 27, 28);
    CUdeviceptr sums = floats(9, 9);
    done(JCudnn.cudnnConvolutionBackwardBias(handle, ONE, y, data, ONE, bias, sums));
    assertThat(session.result(sums, 2)).containsExactly(9 + 54, 9 + 102);
    assertThat(JCudnn.cudnnAddTensor(handle, ONE, floatsOf(1, 3, 1, 1), data, ONE, y, data))
        .isEqualTo(BAD_PARAM);
    assertThat(JCudnn.cudnnConvolutionBackwardBias(handle, ONE, y, data, ZERO, y, sums))
        .isEqualTo(BAD_PARAM);
  }

  @Test
  void failNext_reachesTheNewCalls() {
    cudnnTensorDescriptor y = floatsOf(1, 1, 1, 1);
    EmulatedDriver.failNext("cudnnSoftmaxForward", 1, 5000);
    assertThat(JCudnn.cudnnSoftmaxForward(handle, 1, 1, ONE, y, floats(1), ZERO, y, floats(1)))
        .isEqualTo(5000);
  }
}
