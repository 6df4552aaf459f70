package io.github.bn4j.train.cuda;

import static io.github.bn4j.backend.cudnn.CudnnStatus.check;

import io.github.bn4j.cuda.Resources;
import io.github.bn4j.op.TensorShape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnActivationDescriptor;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnConvolutionMode;
import jcuda.jcudnn.cudnnDataType;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnMathType;
import jcuda.jcudnn.cudnnNanPropagation;
import jcuda.jcudnn.cudnnPoolingDescriptor;
import jcuda.jcudnn.cudnnPoolingMode;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.jcudnn.cudnnTensorFormat;

/** cuDNN's descriptions of a step's tensors and operations, f32 and NCHW; closed together. */
@SuppressWarnings("deprecation")
final class Descriptors implements AutoCloseable {
  /** Scaling factors of calls, which cuDNN reads on the host. */
  static final Pointer ONE = scalar(1);

  static final Pointer ZERO = scalar(0);

  private static final int FLOAT = cudnnDataType.CUDNN_DATA_FLOAT;
  private static final int NCHW = cudnnTensorFormat.CUDNN_TENSOR_NCHW;
  private static final int KEEP_NAN = cudnnNanPropagation.CUDNN_PROPAGATE_NAN;

  private final Resources made = new Resources();

  private static Pointer scalar(float value) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(Float.BYTES).order(ByteOrder.nativeOrder());
    return Pointer.toBuffer(bytes.putFloat(0, value));
  }

  /** Activations of rank 4. */
  cudnnTensorDescriptor tensor(TensorShape shape) {
    long[] s = shape.sizes();
    return tensor(s[0], s[1], s[2], s[3]);
  }

  cudnnTensorDescriptor tensor(long n, long c, long h, long w) {
    cudnnTensorDescriptor it = new cudnnTensorDescriptor();
    check("cudnnCreateTensorDescriptor", JCudnn.cudnnCreateTensorDescriptor(it));
    made.keep(() -> JCudnn.cudnnDestroyTensorDescriptor(it));
    check(
        "cudnnSetTensor4dDescriptor",
        JCudnn.cudnnSetTensor4dDescriptor(
            it, NCHW, FLOAT, narrow(n), narrow(c), narrow(h), narrow(w)));
    return it;
  }

  /** Weights of square filters. */
  cudnnFilterDescriptor filter(long outputs, long inputs, int kernel) {
    cudnnFilterDescriptor it = new cudnnFilterDescriptor();
    check("cudnnCreateFilterDescriptor", JCudnn.cudnnCreateFilterDescriptor(it));
    made.keep(() -> JCudnn.cudnnDestroyFilterDescriptor(it));
    check(
        "cudnnSetFilter4dDescriptor",
        JCudnn.cudnnSetFilter4dDescriptor(
            it, FLOAT, NCHW, narrow(outputs), narrow(inputs), kernel, kernel));
    return it;
  }

  /** A cross-correlation with fused multiply-add: the default mathematics would round to TF32. */
  cudnnConvolutionDescriptor convolution(int stride, int padding) {
    cudnnConvolutionDescriptor it = new cudnnConvolutionDescriptor();
    check("cudnnCreateConvolutionDescriptor", JCudnn.cudnnCreateConvolutionDescriptor(it));
    made.keep(() -> JCudnn.cudnnDestroyConvolutionDescriptor(it));
    int mode = cudnnConvolutionMode.CUDNN_CROSS_CORRELATION;
    check(
        "cudnnSetConvolution2dDescriptor",
        JCudnn.cudnnSetConvolution2dDescriptor(
            it, padding, padding, stride, stride, 1, 1, mode, FLOAT));
    check(
        "cudnnSetConvolutionMathType",
        JCudnn.cudnnSetConvolutionMathType(it, cudnnMathType.CUDNN_FMA_MATH));
    return it;
  }

  /** Maximum over square windows, with the mode whose backward pass is deterministic. */
  cudnnPoolingDescriptor maxPooling(int kernel, int stride) {
    cudnnPoolingDescriptor it = new cudnnPoolingDescriptor();
    check("cudnnCreatePoolingDescriptor", JCudnn.cudnnCreatePoolingDescriptor(it));
    made.keep(() -> JCudnn.cudnnDestroyPoolingDescriptor(it));
    int mode = cudnnPoolingMode.CUDNN_POOLING_MAX_DETERMINISTIC;
    check(
        "cudnnSetPooling2dDescriptor",
        JCudnn.cudnnSetPooling2dDescriptor(
            it, mode, KEEP_NAN, kernel, kernel, 0, 0, stride, stride));
    return it;
  }

  /**
   * A function of single elements.
   *
   * @param mode one of cudnnActivationMode
   */
  cudnnActivationDescriptor activation(int mode) {
    cudnnActivationDescriptor it = new cudnnActivationDescriptor();
    check("cudnnCreateActivationDescriptor", JCudnn.cudnnCreateActivationDescriptor(it));
    made.keep(() -> JCudnn.cudnnDestroyActivationDescriptor(it));
    check(
        "cudnnSetActivationDescriptor", JCudnn.cudnnSetActivationDescriptor(it, mode, KEEP_NAN, 0));
    return it;
  }

  private static int narrow(long size) {
    return Math.toIntExact(size);
  }

  @Override
  public void close() {
    made.close();
  }
}
