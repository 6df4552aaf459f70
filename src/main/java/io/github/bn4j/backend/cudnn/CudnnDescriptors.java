package io.github.bn4j.backend.cudnn;

import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.TensorShape;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnActivationDescriptor;
import jcuda.jcudnn.cudnnActivationMode;
import jcuda.jcudnn.cudnnBatchNormMode;
import jcuda.jcudnn.cudnnDataType;
import jcuda.jcudnn.cudnnNanPropagation;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.jcudnn.cudnnTensorFormat;

/** cuDNN's descriptions of x (and y, dy, dx, which are alike) and of the tensors per channel. */
final class CudnnDescriptors implements AutoCloseable {
  private final cudnnTensorDescriptor x = new cudnnTensorDescriptor();
  private final cudnnTensorDescriptor perChannel = new cudnnTensorDescriptor();
  private final cudnnActivationDescriptor relu = new cudnnActivationDescriptor();
  private boolean closed;

  /** Descriptors of a spec that {@link CudnnLimits} allows. */
  CudnnDescriptors(BatchNormSpec spec, int mode) {
    try {
      create(x);
      create(perChannel);
      describe(spec);
      CudnnStatus.check(
          "cudnnDeriveBNTensorDescriptor",
          JCudnn.cudnnDeriveBNTensorDescriptor(perChannel, x, mode));
      if (spec.activation() == Activation.RELU) {
        makeRelu();
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void makeRelu() {
    CudnnStatus.check(
        "cudnnCreateActivationDescriptor", JCudnn.cudnnCreateActivationDescriptor(relu));
    CudnnStatus.check(
        "cudnnSetActivationDescriptor",
        JCudnn.cudnnSetActivationDescriptor(
            relu,
            cudnnActivationMode.CUDNN_ACTIVATION_RELU,
            cudnnNanPropagation.CUDNN_PROPAGATE_NAN,
            0));
  }

  private static void create(cudnnTensorDescriptor descriptor) {
    CudnnStatus.check(
        "cudnnCreateTensorDescriptor", JCudnn.cudnnCreateTensorDescriptor(descriptor));
  }

  /** cuDNN knows rank 4; further spatial axes are one, missing ones have size 1. */
  private void describe(BatchNormSpec spec) {
    TensorShape shape = spec.shape();
    long[] sizes = shape.sizes();
    long h = sizes.length > 2 ? sizes[2] : 1;
    long w = shape.spatialSize() / Math.max(1, h);
    CudnnStatus.check(
        "cudnnSetTensor4dDescriptor",
        JCudnn.cudnnSetTensor4dDescriptor(
            x,
            spec.layout() == Layout.CHANNEL_LAST
                ? cudnnTensorFormat.CUDNN_TENSOR_NHWC
                : cudnnTensorFormat.CUDNN_TENSOR_NCHW,
            typeOf(spec.dataType()),
            Math.toIntExact(shape.batch()),
            Math.toIntExact(shape.channels()),
            Math.toIntExact(h),
            Math.toIntExact(w)));
  }

  private static int typeOf(DataType type) {
    return switch (type) {
      case F32 -> cudnnDataType.CUDNN_DATA_FLOAT;
      case F64 -> cudnnDataType.CUDNN_DATA_DOUBLE;
      case F16 -> cudnnDataType.CUDNN_DATA_HALF;
      case BF16 -> cudnnDataType.CUDNN_DATA_BFLOAT16;
      case I64, U8 ->
          throw new IllegalArgumentException(
              "dataType: expected a type of activations, got " + type.label());
    };
  }

  /** cuDNN's mode for a spec. */
  static int modeOf(BatchNormSpec spec, boolean persistent) {
    if (CudnnLimits.isPerActivation(spec)) {
      return cudnnBatchNormMode.CUDNN_BATCHNORM_PER_ACTIVATION;
    }
    return persistent
        ? cudnnBatchNormMode.CUDNN_BATCHNORM_SPATIAL_PERSISTENT
        : cudnnBatchNormMode.CUDNN_BATCHNORM_SPATIAL;
  }

  cudnnTensorDescriptor x() {
    return x;
  }

  cudnnTensorDescriptor perChannel() {
    return perChannel;
  }

  /** Made only where the spec has an activation. */
  cudnnActivationDescriptor relu() {
    return relu;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      // A descriptor that was never made is a null pointer, which cuDNN ignores.
      JCudnn.cudnnDestroyTensorDescriptor(x);
      JCudnn.cudnnDestroyTensorDescriptor(perChannel);
      JCudnn.cudnnDestroyActivationDescriptor(relu);
    }
  }
}
