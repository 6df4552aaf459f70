package io.github.bn4j.emulator;

import static io.github.bn4j.emulator.DriverCalls.*;
import static jcuda.jcudnn.cudnnBatchNormMode.CUDNN_BATCHNORM_SPATIAL_PERSISTENT;
import static jcuda.jcudnn.cudnnBatchNormOps.CUDNN_BATCHNORM_OPS_BN_ADD_ACTIVATION;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.op.HalfPrecision;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnActivationDescriptor;
import jcuda.jcudnn.cudnnActivationMode;
import jcuda.jcudnn.cudnnDataType;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.jcudnn.cudnnTensorFormat;
import jcuda.runtime.cudaStream_t;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** relu(bn(x) + z) of the stand-in: two samples of four equal channels, values 1 and 3. */
@EmulatedCuda
@SuppressWarnings("deprecation")
final class CudnnFusedTest {
  private static final int SPACE = 256;
  private static final Pointer ONE = Pointer.to(new float[] {1});
  private static final Pointer ZERO = Pointer.to(new float[] {0});

  private CUcontext context = new CUcontext();
  private CUstream stream = new CUstream();
  private final cudnnHandle handle = new cudnnHandle();
  private final cudnnTensorDescriptor x = new cudnnTensorDescriptor();
  private final cudnnTensorDescriptor parameters = new cudnnTensorDescriptor();
  private final cudnnActivationDescriptor relu = new cudnnActivationDescriptor();
  private CUdeviceptr scale = new CUdeviceptr();
  private CUdeviceptr bias = new CUdeviceptr();
  private CUdeviceptr workspace = new CUdeviceptr();
  private CUdeviceptr reserve = new CUdeviceptr();

  @BeforeEach
  void create() {
    context = context(0);
    stream = stream(1);
    done(JCudnn.cudnnCreate(handle));
    done(JCudnn.cudnnSetStream(handle, new cudaStream_t(stream)));
    done(JCudnn.cudnnCreateTensorDescriptor(x));
    done(JCudnn.cudnnCreateTensorDescriptor(parameters));
    done(JCudnn.cudnnCreateActivationDescriptor(relu));
    done(
        JCudnn.cudnnSetActivationDescriptor(relu, cudnnActivationMode.CUDNN_ACTIVATION_RELU, 0, 0));
    done(
        JCudnn.cudnnSetTensor4dDescriptor(
            x, cudnnTensorFormat.CUDNN_TENSOR_NHWC, cudnnDataType.CUDNN_DATA_HALF, 2, 4, 1, 1));
    done(JCudnn.cudnnDeriveBNTensorDescriptor(parameters, x, CUDNN_BATCHNORM_SPATIAL_PERSISTENT));
    int one = Float.floatToRawIntBits(1);
    scale = allocateInts(one, one, one, one);
    bias = allocateInts(0, 0, 0, 0);
    workspace = allocate((long) SPACE);
    reserve = allocate((long) SPACE);
  }

  @AfterEach
  void destroy() {
    done(JCudnn.cudnnDestroyActivationDescriptor(relu));
    done(JCudnn.cudnnDestroyTensorDescriptor(parameters));
    done(JCudnn.cudnnDestroyTensorDescriptor(x));
    done(JCudnn.cudnnDestroy(handle));
    ok(JCudaDriver.cuCtxDestroy(context));
  }

  private static void done(int status) {
    assertThat(JCudnn.cudnnGetErrorString(status)).isEqualTo("CUDNN_STATUS_SUCCESS");
  }

  /** Four equal channels of the first sample, then of the second. */
  private static CUdeviceptr halves(float first, float second) {
    short[] values = new short[8];
    for (int i = 0; i < values.length; i++) {
      values[i] = HalfPrecision.floatToF16(i < 4 ? first : second);
    }
    CUdeviceptr memory = allocate(16L);
    ok(JCudaDriver.cuMemcpyHtoD(memory, Pointer.to(values), 16));
    return memory;
  }

  private static float[] ofFirstChannel(CUdeviceptr memory) {
    short[] values = new short[8];
    ok(JCudaDriver.cuMemcpyDtoH(Pointer.to(values), memory, 16));
    return new float[] {HalfPrecision.f16ToFloat(values[0]), HalfPrecision.f16ToFloat(values[4])};
  }

  private int forward(CUdeviceptr input, CUdeviceptr z, CUdeviceptr y, long workspaceBytes) {
    return JCudnn.cudnnBatchNormalizationForwardTrainingEx(
        handle,
        CUDNN_BATCHNORM_SPATIAL_PERSISTENT,
        CUDNN_BATCHNORM_OPS_BN_ADD_ACTIVATION,
        ONE,
        ZERO,
        x,
        input,
        x,
        z,
        x,
        y,
        parameters,
        scale,
        bias,
        1,
        new CUdeviceptr(),
        new CUdeviceptr(),
        1e-5,
        new CUdeviceptr(),
        new CUdeviceptr(),
        relu,
        workspace,
        workspaceBytes,
        reserve,
        SPACE);
  }

  @Test
  void fusedPasses_maskByTheActivation() {
    CUdeviceptr input = halves(1, 3);
    CUdeviceptr y = halves(9, 9);
    done(forward(input, halves(0.5f, 1), y, SPACE));
    CUdeviceptr dz = halves(9, 9);
    CUdeviceptr dx = halves(9, 9);
    CUdeviceptr gradients = allocate(32L);
    done(
        JCudnn.cudnnBatchNormalizationBackwardEx(
            handle,
            CUDNN_BATCHNORM_SPATIAL_PERSISTENT,
            CUDNN_BATCHNORM_OPS_BN_ADD_ACTIVATION,
            ONE,
            ZERO,
            ONE,
            ZERO,
            x,
            input,
            x,
            y,
            x,
            halves(5, 7),
            x,
            dz,
            x,
            dx,
            parameters,
            scale,
            bias,
            gradients,
            gradients.withByteOffset(16),
            1e-5,
            new CUdeviceptr(),
            new CUdeviceptr(),
            relu,
            workspace,
            SPACE,
            reserve,
            SPACE));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(ofFirstChannel(y)).as("-1 + 0.5 is cut off, 1 + 1 is not").containsExactly(0, 2);
    assertThat(ofFirstChannel(dz)).containsExactly(0, 7);
    int dBias = read(gradients.withByteOffset(16), 1)[0];
    assertThat(Float.intBitsToFloat(dBias)).isEqualTo(7);
    assertThat(read(workspace, 1)[0]).as("a workspace is not kept").isEqualTo(0xa5a5a5a5);
  }

  @Test
  void forward_withLessWorkspaceThanAsked_isRefused() {
    CUdeviceptr input = halves(1, 3);
    assertThat(forward(input, input, input, 16)).isEqualTo(2000);
  }

  @Test
  void capturedForward_computesAtEachLaunch() {
    CUdeviceptr input = halves(1, 3);
    CUdeviceptr z = halves(0.5f, 1);
    CUdeviceptr y = halves(9, 9);
    ok(
        JCudaDriver.cuStreamBeginCapture(
            stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    done(forward(input, z, y, SPACE));
    CUgraph graph = new CUgraph();
    ok(JCudaDriver.cuStreamEndCapture(stream, graph));
    CUgraphExec executable = new CUgraphExec();
    ok(JCudaDriver.cuGraphInstantiate(executable, graph, 0));
    assertThat(ofFirstChannel(y)).containsExactly(9, 9);
    ok(JCudaDriver.cuGraphLaunch(executable, stream));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(ofFirstChannel(y)).containsExactly(0, 2);
    ok(JCudaDriver.cuMemcpyDtoD(z, halves(3, 3), 16));
    ok(JCudaDriver.cuCtxSynchronize());
    ok(JCudaDriver.cuGraphLaunch(executable, stream));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(ofFirstChannel(y)).containsExactly(2, 4);
    ok(JCudaDriver.cuGraphExecDestroy(executable));
    ok(JCudaDriver.cuGraphDestroy(graph));
  }
}
