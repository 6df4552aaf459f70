package io.github.bn4j.emulator;

import static io.github.bn4j.emulator.CudnnSession.*;
import static io.github.bn4j.emulator.DriverCalls.*;
import static jcuda.jcudnn.cudnnConvolutionMode.*;
import static jcuda.jcudnn.cudnnDataType.*;
import static jcuda.jcudnn.cudnnMathType.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnConvolutionBwdDataAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionBwdFilterAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnConvolutionFwdAlgoPerf;
import jcuda.jcudnn.cudnnDeterminism;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.jcudnn.cudnnTensorFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The stand-in's convolutions: forward against sums written out by hand, backward by what makes
 * them the adjoints of it, {@code <conv(x, w), dy> = <x, dx> = <w, dw>}, exact with small integers.
 */
@EmulatedCuda
@SuppressWarnings("deprecation")
final class CudnnConvolutionTest {
  private static final int DETERMINISTIC = 1;

  private final CudnnSession session = new CudnnSession();
  private final cudnnHandle handle = session.handle();
  private final cudnnConvolutionDescriptor how = new cudnnConvolutionDescriptor();
  private final cudnnFilterDescriptor filter = new cudnnFilterDescriptor();
  private cudnnTensorDescriptor x = new cudnnTensorDescriptor();
  private cudnnTensorDescriptor y = new cudnnTensorDescriptor();

  @BeforeEach
  void create() {
    session.open();
    done(JCudnn.cudnnCreateConvolutionDescriptor(how));
    done(JCudnn.cudnnCreateFilterDescriptor(filter));
  }

  @AfterEach
  void destroy() {
    done(JCudnn.cudnnDestroyFilterDescriptor(filter));
    done(JCudnn.cudnnDestroyConvolutionDescriptor(how));
    session.close();
  }

  /** One image of one channel of 3 x 3 and one filter of 2 x 2. */
  private void describeSmall(int pad, int stride, int dilation, int out) {
    int mode = CUDNN_CROSS_CORRELATION;
    done(
        JCudnn.cudnnSetConvolution2dDescriptor(
            how, pad, pad, stride, stride, dilation, dilation, mode, CUDNN_DATA_FLOAT));
    int format = cudnnTensorFormat.CUDNN_TENSOR_NCHW;
    done(JCudnn.cudnnSetFilter4dDescriptor(filter, CUDNN_DATA_FLOAT, format, 1, 1, 2, 2));
    x = tensor(CUDNN_DATA_FLOAT, 1, 1, 3, 3);
    y = tensor(CUDNN_DATA_FLOAT, 1, 1, out, out);
  }

  private static final float[] NINE = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  private static final float[] FOUR = {1, 10, 100, 1000};

  private int forward(CUdeviceptr in, CUdeviceptr weights, CUdeviceptr out) {
    return JCudnn.cudnnConvolutionForward(
        handle, ONE, x, in, filter, weights, how, 0, NULL, 0, ZERO, y, out);
  }

  @Test
  void forward_isTheSumOverTheWindow() {
    describeSmall(0, 1, 1, 2);
    CUdeviceptr out = floats(9, 9, 9, 9);
    done(forward(floats(NINE), floats(FOUR), out));
    assertThat(readFloats(out, 4)).as("nobody waited yet").containsOnly(9f);
    assertThat(session.result(out, 4)).containsExactly(5421, 6532, 8754, 9865);
  }

  @Test
  void forward_padsStridesAndDilates() {
    describeSmall(1, 2, 2, 2);
    CUdeviceptr out = floats(9, 9, 9, 9);
    done(forward(floats(NINE), floats(FOUR), out));
    // Windows start at -1 and 1 and take every second place: each has one corner inside, on the 5.
    assertThat(session.result(out, 4)).containsExactly(5000, 500, 50, 5);
  }

  @Test
  void flippedFilter_turnsItAround() {
    describeSmall(0, 1, 1, 2);
    done(
        JCudnn.cudnnSetConvolution2dDescriptor(
            how, 0, 0, 1, 1, 1, 1, CUDNN_CONVOLUTION, CUDNN_DATA_FLOAT));
    CUdeviceptr out = floats(9, 9, 9, 9);
    done(forward(floats(NINE), floats(FOUR), out));
    assertThat(session.result(out, 4)).containsExactly(1245, 2356, 4578, 5689);
  }

  @Test
  void factors_blendWithTheOldResult() {
    describeSmall(0, 1, 1, 2);
    CUdeviceptr out = floats(1, 2, 3, 4);
    Pointer two = Pointer.to(new float[] {2});
    CUdeviceptr in = floats(NINE);
    done(
        JCudnn.cudnnConvolutionForward(
            handle, two, x, in, filter, floats(1, 0, 0, 0), how, 0, NULL, 0, ONE, y, out));
    assertThat(session.result(out, 4)).containsExactly(3, 6, 11, 14);
  }

  @Test
  void backward_isTheAdjoint() {
    int format = cudnnTensorFormat.CUDNN_TENSOR_NCHW;
    done(
        JCudnn.cudnnSetConvolution2dDescriptor(
            how, 1, 1, 2, 2, 1, 1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT));
    done(JCudnn.cudnnSetFilter4dDescriptor(filter, CUDNN_DATA_FLOAT, format, 4, 3, 3, 3));
    x = tensor(CUDNN_DATA_FLOAT, 2, 3, 5, 6);
    int[] n = new int[1];
    int[] c = new int[1];
    int[] h = new int[1];
    int[] w = new int[1];
    done(JCudnn.cudnnGetConvolution2dForwardOutputDim(how, x, filter, n, c, h, w));
    assertThat(new int[] {n[0], c[0], h[0], w[0]}).containsExactly(2, 4, 3, 3);
    y = tensor(CUDNN_DATA_FLOAT, 2, 4, 3, 3);
    Random random = new Random(5);
    for (int trial = 0; trial < 5; trial++) {
      float[] xs = integers(random, 2 * 3 * 5 * 6);
      float[] ws = integers(random, 4 * 3 * 3 * 3);
      float[] dys = integers(random, 2 * 4 * 3 * 3);
      double product = dot(forwardOf(xs, ws, dys.length), dys);
      assertThat(dot(xs, backwardDataOf(ws, dys, xs.length))).isEqualTo(product);
      assertThat(dot(ws, backwardFilterOf(xs, dys, ws.length))).isEqualTo(product);
    }
  }

  private float[] forwardOf(float[] xs, float[] ws, int count) {
    CUdeviceptr out = floats(new float[count]);
    done(forward(floats(xs), floats(ws), out));
    return session.result(out, count);
  }

  private float[] backwardDataOf(float[] ws, float[] dys, int count) {
    CUdeviceptr out = allocate(4L * count);
    CUdeviceptr weights = floats(ws);
    CUdeviceptr dy = floats(dys);
    long[] bytes = new long[1];
    done(JCudnn.cudnnGetConvolutionBackwardDataWorkspaceSize(handle, filter, y, how, x, 1, bytes));
    done(
        JCudnn.cudnnConvolutionBackwardData(
            handle,
            ONE,
            filter,
            weights,
            y,
            dy,
            how,
            1,
            allocate(bytes[0]),
            bytes[0],
            ZERO,
            x,
            out));
    return session.result(out, count);
  }

  private float[] backwardFilterOf(float[] xs, float[] dys, int count) {
    CUdeviceptr out = allocate(4L * count);
    CUdeviceptr in = floats(xs);
    CUdeviceptr dy = floats(dys);
    long[] bytes = new long[1];
    done(
        JCudnn.cudnnGetConvolutionBackwardFilterWorkspaceSize(handle, x, y, how, filter, 1, bytes));
    done(
        JCudnn.cudnnConvolutionBackwardFilter(
            handle, ONE, x, in, y, dy, how, 1, allocate(bytes[0]), bytes[0], ZERO, filter, out));
    return session.result(out, count);
  }

  private static float[] integers(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextInt(7) - 3;
    }
    return values;
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  @Test
  void algorithms_sayWhichAreDeterministic() {
    describeSmall(0, 1, 1, 2);
    int[] count = new int[1];
    cudnnConvolutionFwdAlgoPerf[] forward = new cudnnConvolutionFwdAlgoPerf[8];
    done(
        JCudnn.cudnnGetConvolutionForwardAlgorithm_v7(
            handle, x, filter, how, y, forward.length, count, forward));
    assertThat(count[0]).isEqualTo(2);
    assertThat(forward[0].determinism).isEqualTo(DETERMINISTIC);
    cudnnConvolutionBwdDataAlgoPerf[] data = new cudnnConvolutionBwdDataAlgoPerf[8];
    done(
        JCudnn.cudnnGetConvolutionBackwardDataAlgorithm_v7(
            handle, filter, y, how, x, data.length, count, data));
    assertThat(data[0].determinism).isEqualTo(cudnnDeterminism.CUDNN_NON_DETERMINISTIC);
    assertThat(data[1].determinism).isEqualTo(DETERMINISTIC);
    assertThat(data[1].memory).isEqualTo(256);
    cudnnConvolutionBwdFilterAlgoPerf[] filters = new cudnnConvolutionBwdFilterAlgoPerf[8];
    done(
        JCudnn.cudnnGetConvolutionBackwardFilterAlgorithm_v7(
            handle, x, y, how, filter, filters.length, count, filters));
    assertThat(filters[0].determinism).isEqualTo(cudnnDeterminism.CUDNN_NON_DETERMINISTIC);
    assertThat(filters[1].algo).isEqualTo(1);
  }

  @Test
  void undeterministicAlgorithm_changesItsBits() {
    describeSmall(0, 1, 1, 2);
    CUdeviceptr first = allocate(36);
    CUdeviceptr second = allocate(36);
    CUdeviceptr weights = floats(FOUR);
    CUdeviceptr dy = floats(FOUR);
    for (CUdeviceptr out : new CUdeviceptr[] {first, second}) {
      done(
          JCudnn.cudnnConvolutionBackwardData(
              handle, ONE, filter, weights, y, dy, how, 0, NULL, 0, ZERO, x, out));
    }
    assertThat(session.result(first, 9)).isNotEqualTo(session.result(second, 9));
  }

  @Test
  void defaultMathematics_roundsToTf32() {
    describeSmall(0, 1, 1, 2);
    float fine = 1 + 0x1p-12f; // one more bit than TF32 keeps, and then some
    CUdeviceptr in = floats(fine, fine, fine, fine, fine, fine, fine, fine, fine);
    CUdeviceptr out = allocate(16);
    done(forward(in, floats(1, 0, 0, 0), out));
    assertThat(session.result(out, 4)).containsOnly(1f);
    done(JCudnn.cudnnSetConvolutionMathType(how, CUDNN_FMA_MATH));
    done(forward(in, floats(1, 0, 0, 0), out));
    assertThat(session.result(out, 4)).containsOnly(fine);
  }

  @Test
  void wrongArguments_areRefused() {
    describeSmall(0, 1, 1, 2);
    CUdeviceptr in = floats(NINE);
    CUdeviceptr weights = floats(FOUR);
    CUdeviceptr out = allocate(16);
    assertThat(forward(NULL, weights, out)).isEqualTo(NULL_POINTER);
    assertThat(
            JCudnn.cudnnConvolutionForward(
                handle, ONE, x, in, filter, weights, how, 1, NULL, 0, ZERO, y, out))
        .as("no workspace")
        .isEqualTo(BAD_PARAM);
    assertThat(
            JCudnn.cudnnConvolutionForward(
                handle, ONE, x, in, filter, weights, how, 7, NULL, 0, ZERO, y, out))
        .as("no such algorithm")
        .isEqualTo(NOT_SUPPORTED);
    y = tensor(CUDNN_DATA_FLOAT, 1, 1, 3, 3);
    assertThat(forward(in, weights, out)).as("wrong size").isEqualTo(BAD_PARAM);
    y = tensor(CUDNN_DATA_DOUBLE, 1, 1, 2, 2);
    assertThat(forward(in, weights, out)).as("another type").isEqualTo(BAD_PARAM);
  }
}
