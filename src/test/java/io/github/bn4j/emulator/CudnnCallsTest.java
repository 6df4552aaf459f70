package io.github.bn4j.emulator;

import static io.github.bn4j.emulator.CudnnSession.*;
import static io.github.bn4j.emulator.DriverCalls.*;
import static jcuda.jcudnn.cudnnBatchNormMode.*;
import static jcuda.jcudnn.cudnnDataType.*;
import static jcuda.jcudnn.cudnnTensorFormat.CUDNN_TENSOR_NCHW;
import static jcuda.jcudnn.cudnnTensorFormat.CUDNN_TENSOR_NHWC;
import static org.assertj.core.api.Assertions.assertThat;

import jcuda.driver.CUcontext;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnActivationDescriptor;
import jcuda.jcudnn.cudnnActivationMode;
import jcuda.jcudnn.cudnnBatchNormOps;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnTensorDescriptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The stand-in against numbers worked out by hand: two channels, values 1 3 and 2 6. */
@EmulatedCuda
@SuppressWarnings("deprecation")
final class CudnnCallsTest {
  private static final int BAD_PARAM = 2000;
  private static final int NULL_POINTER = 2002;
  private static final int NOT_SUPPORTED = 3000;
  private static final double EPSILON = 1e-5;

  private final CudnnSession session = new CudnnSession();
  private final CUstream stream = session.stream();
  private final cudnnHandle handle = session.handle();
  private final cudnnTensorDescriptor x = new cudnnTensorDescriptor();
  private final cudnnTensorDescriptor parameters = new cudnnTensorDescriptor();

  @BeforeEach
  void create() {
    session.open();
    done(JCudnn.cudnnCreateTensorDescriptor(x));
    done(JCudnn.cudnnCreateTensorDescriptor(parameters));
    describe(CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, 2, 2, 1);
  }

  @AfterEach
  void destroy() {
    done(JCudnn.cudnnDestroyTensorDescriptor(parameters));
    done(JCudnn.cudnnDestroyTensorDescriptor(x));
    session.close();
  }

  private void describe(int format, int type, int n, int c, int w) {
    done(JCudnn.cudnnSetTensor4dDescriptor(x, format, type, n, c, 1, w));
    done(JCudnn.cudnnDeriveBNTensorDescriptor(parameters, x, CUDNN_BATCHNORM_SPATIAL));
  }

  /** Where a forward pass puts what it computes. */
  private record Outputs(
      CUdeviceptr y,
      CUdeviceptr mean,
      CUdeviceptr invStd,
      CUdeviceptr runningMean,
      CUdeviceptr runningVariance) {
    static Outputs make() {
      return new Outputs(
          floats(9, 9, 9, 9), floats(9, 9), floats(9, 9), floats(10, 10), floats(10, 10));
    }
  }

  private int forward(CUdeviceptr input, Outputs out) {
    return JCudnn.cudnnBatchNormalizationForwardTraining(
        handle,
        CUDNN_BATCHNORM_SPATIAL,
        ONE,
        ZERO,
        x,
        input,
        x,
        out.y,
        parameters,
        floats(1, 2),
        floats(0, 1),
        0.25,
        out.runningMean,
        out.runningVariance,
        EPSILON,
        out.mean,
        out.invStd);
  }

  @Test
  void cudnnGetProperty_isVersionNine() {
    int[] value = new int[1];
    done(JCudnn.cudnnGetProperty(0, value));
    assertThat(value[0]).isEqualTo(9);
    assertThat(JCudnn.cudnnGetVersion()).isEqualTo(90501);
    assertThat(JCudnn.cudnnGetProperty(7, value)).isEqualTo(BAD_PARAM);
  }

  @Test
  void forwardTraining_giveTheFormulas() {
    Outputs out = Outputs.make();
    done(forward(floats(1, 2, 3, 6), out));
    assertThat(readFloats(out.y, 4)).as("nobody waited yet").containsOnly(9f);
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(readFloats(out.y, 4))
        .usingComparatorWithPrecision(1e-4f)
        .containsExactly(-1, -1, 1, 3);
    assertThat(readFloats(out.mean, 2)).containsExactly(2, 4);
    assertThat(readFloats(out.invStd, 2))
        .usingComparatorWithPrecision(1e-4f)
        .containsExactly(1f, 0.5f);
    assertThat(readFloats(out.runningMean, 2)).containsExactly(8, 8.5f);
    // Unbiased: 2 and 8 instead of 1 and 4.
    assertThat(readFloats(out.runningVariance, 2)).containsExactly(8, 9.5f);
  }

  @Test
  void forwardInference_usesTheRunningStatistics() {
    CUdeviceptr y = floats(9, 9, 9, 9);
    done(
        JCudnn.cudnnBatchNormalizationForwardInference(
            handle,
            CUDNN_BATCHNORM_SPATIAL,
            ONE,
            ZERO,
            x,
            floats(1, 2, 3, 6),
            x,
            y,
            parameters,
            floats(1, 2),
            floats(0, 1),
            floats(1, 0),
            floats(4, 1),
            0));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(readFloats(y, 4)).containsExactly(0, 5, 1, 13);
  }

  @Test
  void backward_givesTheGradients() {
    CUdeviceptr dx = floats(9, 9, 9, 9);
    CUdeviceptr dScale = floats(9, 9);
    CUdeviceptr dBias = floats(9, 9);
    done(
        JCudnn.cudnnBatchNormalizationBackward(
            handle,
            CUDNN_BATCHNORM_SPATIAL,
            ONE,
            ZERO,
            ONE,
            ZERO,
            x,
            floats(1, 2, 3, 6),
            x,
            floats(1, 0, 5, 2),
            x,
            dx,
            parameters,
            floats(1, 2),
            dScale,
            dBias,
            EPSILON,
            NULL,
            NULL));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(readFloats(dScale, 2)).usingComparatorWithPrecision(1e-4f).containsExactly(4, 2);
    assertThat(readFloats(dBias, 2)).containsExactly(6, 2);
    // Two values per channel leave nothing of dy once its mean and its slope are taken off.
    assertThat(readFloats(dx, 4)).usingComparatorWithPrecision(1e-3f).containsOnly(0f);
  }

  @Test
  void runningVariance_ofOneValue_isNaN() {
    describe(CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, 1, 2, 1);
    Outputs out = Outputs.make();
    done(forward(floats(1, 2, 3, 6), out));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(readFloats(out.runningVariance, 2)).containsOnly(Float.NaN);
  }

  @Test
  void knownLimits_areRefused() {
    Outputs out = Outputs.make();
    CUdeviceptr input = floats(1, 2, 3, 6);
    describe(CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, 880802, 2, 1);
    assertThat(forward(input, out)).isEqualTo(NOT_SUPPORTED);
    assertThat(
            JCudnn.cudnnSetTensor4dDescriptor(
                x, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, 1 << 16, 1 << 15, 1, 1))
        .isEqualTo(NOT_SUPPORTED);
    describe(CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, 65536, 2, 1);
    assertThat(
            JCudnn.cudnnBatchNormalizationForwardInference(
                handle,
                CUDNN_BATCHNORM_SPATIAL,
                ONE,
                ZERO,
                x,
                input,
                x,
                out.y,
                parameters,
                out.mean,
                out.mean,
                out.mean,
                out.mean,
                EPSILON))
        .isEqualTo(NOT_SUPPORTED);
  }

  @Test
  void wrongArguments_areRefused() {
    Outputs out = Outputs.make();
    assertThat(forward(NULL, out)).isEqualTo(NULL_POINTER);
    Outputs half = new Outputs(out.y, out.mean, NULL, out.runningMean, out.runningVariance);
    assertThat(forward(floats(1, 2, 3, 6), half)).isEqualTo(BAD_PARAM);
    cudnnTensorDescriptor closed = new cudnnTensorDescriptor();
    done(JCudnn.cudnnCreateTensorDescriptor(closed));
    done(JCudnn.cudnnDestroyTensorDescriptor(closed));
    assertThat(JCudnn.cudnnDestroyTensorDescriptor(closed)).isEqualTo(BAD_PARAM);
    assertThat(
            JCudnn.cudnnSetTensor4dDescriptor(x, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, 0, 2, 1, 1))
        .isEqualTo(BAD_PARAM);
  }

  @Test
  void fusedOperations_areNarrow() {
    cudnnActivationDescriptor relu = new cudnnActivationDescriptor();
    done(JCudnn.cudnnCreateActivationDescriptor(relu));
    done(
        JCudnn.cudnnSetActivationDescriptor(relu, cudnnActivationMode.CUDNN_ACTIVATION_RELU, 0, 0));
    long[] bytes = new long[1];
    assertThat(reserve(CUDNN_BATCHNORM_SPATIAL_PERSISTENT, relu, bytes)).isEqualTo(NOT_SUPPORTED);
    describe(CUDNN_TENSOR_NHWC, CUDNN_DATA_HALF, 2, 4, 3);
    assertThat(reserve(CUDNN_BATCHNORM_SPATIAL, relu, bytes)).isEqualTo(NOT_SUPPORTED);
    done(reserve(CUDNN_BATCHNORM_SPATIAL_PERSISTENT, relu, bytes));
    assertThat(bytes[0]).isEqualTo(256);
    done(JCudnn.cudnnDestroyActivationDescriptor(relu));
  }

  private int reserve(int mode, cudnnActivationDescriptor activation, long[] bytes) {
    return JCudnn.cudnnGetBatchNormalizationTrainingExReserveSpaceSize(
        handle, mode, cudnnBatchNormOps.CUDNN_BATCHNORM_OPS_BN_ACTIVATION, activation, x, bytes);
  }

  @Test
  void failNext_reachesCudnn() {
    EmulatedDriver.failNext("cudnnBatchNormalizationForward", 1, 5000);
    assertThat(forward(floats(1, 2, 3, 6), Outputs.make())).isEqualTo(5000);
  }

  @Test
  void cudnnCreate_withoutAContext_isRefused() {
    ok(JCudaDriver.cuCtxPopCurrent(new CUcontext()));
    assertThat(JCudnn.cudnnCreate(new cudnnHandle())).isEqualTo(1001);
    ok(JCudaDriver.cuCtxPushCurrent(session.context()));
  }
}
