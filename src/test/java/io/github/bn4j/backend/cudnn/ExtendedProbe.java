package io.github.bn4j.backend.cudnn;

import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.TensorShape;
import java.util.StringJoiner;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnActivationDescriptor;
import jcuda.jcudnn.cudnnActivationMode;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnTensorDescriptor;

/** Which layout, type and channel count the Ex calls take, for each of their three operations. */
final class ExtendedProbe {
  private static final String[] OPERATIONS = {"BN", "BN_ACTIVATION", "BN_ADD_ACTIVATION"};

  private ExtendedProbe() {}

  static String ask(Layout layout, DataType type, int channels) {
    BatchNormSpec spec =
        BatchNormSpec.builder(TensorShape.of(16, channels, 14, 14))
            .layout(layout)
            .dataType(type)
            .mode(Mode.TRAINING)
            .build();
    int mode = CudnnDescriptors.modeOf(spec, true);
    try (ProbeRig rig = new ProbeRig(spec, true);
        CudnnDescriptors d = new CudnnDescriptors(spec, mode)) {
      StringJoiner answer = new StringJoiner("; ");
      CudnnHandle shared = CudnnHandle.acquire(rig.stream.context());
      rig.stream.context().enter();
      try {
        for (int operation = 0; operation < OPERATIONS.length; operation++) {
          answer.add(
              OPERATIONS[operation] + " " + sizes(shared.use(rig.stream), mode, operation, d));
        }
      } finally {
        rig.stream.context().exit();
        shared.release();
      }
      return answer.toString();
    }
  }

  private static String sizes(cudnnHandle handle, int mode, int operation, CudnnDescriptors d) {
    cudnnActivationDescriptor relu = new cudnnActivationDescriptor();
    CudnnStatus.check(
        "cudnnCreateActivationDescriptor", JCudnn.cudnnCreateActivationDescriptor(relu));
    try {
      CudnnStatus.check(
          "cudnnSetActivationDescriptor",
          JCudnn.cudnnSetActivationDescriptor(
              relu, cudnnActivationMode.CUDNN_ACTIVATION_RELU, 1, 0));
      cudnnTensorDescriptor z = operation == 2 ? d.x() : new cudnnTensorDescriptor();
      long[] workspace = new long[1];
      int status =
          JCudnn.cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize(
              handle, mode, operation, d.x(), z, d.x(), d.perChannel(), relu, workspace);
      long[] reserve = new long[1];
      if (status == 0) {
        status =
            JCudnn.cudnnGetBatchNormalizationTrainingExReserveSpaceSize(
                handle, mode, operation, relu, d.x(), reserve);
      }
      return status == 0
          ? "yes, workspace " + workspace[0] + " B, reserve " + reserve[0] + " B"
          : JCudnn.cudnnGetErrorString(status);
    } finally {
      JCudnn.cudnnDestroyActivationDescriptor(relu);
    }
  }
}
