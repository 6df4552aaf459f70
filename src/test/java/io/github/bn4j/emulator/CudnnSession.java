package io.github.bn4j.emulator;

import static io.github.bn4j.emulator.DriverCalls.*;
import static org.assertj.core.api.Assertions.assertThat;

import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.jcudnn.cudnnTensorFormat;
import jcuda.runtime.cudaStream_t;

/** A context, a stream and a handle of the stand-in, and what its tests have in common. */
final class CudnnSession {
  static final int BAD_PARAM = 2000;
  static final int NULL_POINTER = 2002;
  static final int NOT_SUPPORTED = 3000;
  static final CUdeviceptr NULL = new CUdeviceptr();
  static final Pointer ONE = Pointer.to(new float[] {1});
  static final Pointer ZERO = Pointer.to(new float[] {0});

  private CUcontext context = new CUcontext();
  private final CUstream stream = new CUstream();
  private final cudnnHandle handle = new cudnnHandle();

  void open() {
    context = DriverCalls.context(0);
    ok(JCudaDriver.cuStreamCreate(stream, 1));
    done(JCudnn.cudnnCreate(handle));
    done(JCudnn.cudnnSetStream(handle, new cudaStream_t(stream)));
  }

  void close() {
    done(JCudnn.cudnnDestroy(handle));
    ok(JCudaDriver.cuCtxDestroy(context));
  }

  CUcontext context() {
    return context;
  }

  CUstream stream() {
    return stream;
  }

  cudnnHandle handle() {
    return handle;
  }

  static void done(int status) {
    assertThat(JCudnn.cudnnGetErrorString(status)).isEqualTo("CUDNN_STATUS_SUCCESS");
  }

  /** A new descriptor of NCHW. */
  static cudnnTensorDescriptor tensor(int type, int n, int c, int h, int w) {
    cudnnTensorDescriptor descriptor = new cudnnTensorDescriptor();
    done(JCudnn.cudnnCreateTensorDescriptor(descriptor));
    int format = cudnnTensorFormat.CUDNN_TENSOR_NCHW;
    done(JCudnn.cudnnSetTensor4dDescriptor(descriptor, format, type, n, c, h, w));
    return descriptor;
  }

  /** The floats at an address, once the stream has got there. */
  float[] result(CUdeviceptr memory, int count) {
    ok(JCudaDriver.cuStreamSynchronize(stream));
    return readFloats(memory, count);
  }
}
