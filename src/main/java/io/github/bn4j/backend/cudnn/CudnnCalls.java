package io.github.bn4j.backend.cudnn;

import io.github.bn4j.cuda.DevicePointer;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SavedStatistics;
import io.github.bn4j.op.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnActivationDescriptor;
import jcuda.jcudnn.cudnnBatchNormOps;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnTensorDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * The batch-norm calls, all of which JCudnn marks deprecated: here and nowhere else. One thread at
 * a time.
 *
 * <p>Forward passes of training may be given memory for the batch's own mean and unbiased variance:
 * cuDNN takes it for running statistics, with factor 1. invStd, which it saves besides, does not
 * say what v is where v is small against epsilon.
 *
 * <p>The fused backward Ex call is not used: it needs y, which a caller may have overwritten.
 */
@SuppressWarnings("deprecation")
final class CudnnCalls {
  private static final DevicePointer NULL = new DevicePointer(0);
  private static final cudnnTensorDescriptor NO_TENSOR = new cudnnTensorDescriptor();
  private static final cudnnActivationDescriptor NO_ACTIVATION = new cudnnActivationDescriptor();

  /** Weight of the batch in memory that is to hold the batch alone. */
  private static final double ALL_OF_IT = 1;

  private final BatchNormSpec spec;
  private final int mode;
  private final CudnnDescriptors descriptors;

  /** The scaling factors of every call; double for f64 data, float otherwise. */
  private final Pointer one;

  private final Pointer zero;

  private final PointerSlot x = new PointerSlot();
  private final PointerSlot y = new PointerSlot();
  private final PointerSlot dx = new PointerSlot();
  private final PointerSlot gamma = new PointerSlot();
  private final PointerSlot beta = new PointerSlot();
  private final PointerSlot mean = new PointerSlot();
  private final PointerSlot spread = new PointerSlot();
  private final PointerSlot dGamma = new PointerSlot();
  private final PointerSlot dBeta = new PointerSlot();
  private final PointerSlot reserve = new PointerSlot();
  private final PointerSlot residual = new PointerSlot();
  private final PointerSlot batchMean = new PointerSlot();
  private final PointerSlot batchVariance = new PointerSlot();

  /** What the Ex calls do, and with what. */
  private final int operations;

  private final cudnnTensorDescriptor z;
  private final cudnnActivationDescriptor activation;

  CudnnCalls(BatchNormSpec spec, int mode, CudnnDescriptors descriptors) {
    this.spec = spec;
    this.mode = mode;
    this.descriptors = descriptors;
    boolean isDouble = spec.dataType() == DataType.F64;
    this.one = scalar(isDouble, 1);
    this.zero = scalar(isDouble, 0);
    boolean activates = spec.activation() != Activation.NONE;
    operations =
        spec.hasResidual()
            ? cudnnBatchNormOps.CUDNN_BATCHNORM_OPS_BN_ADD_ACTIVATION
            : activates
                ? cudnnBatchNormOps.CUDNN_BATCHNORM_OPS_BN_ACTIVATION
                : cudnnBatchNormOps.CUDNN_BATCHNORM_OPS_BN;
    z = spec.hasResidual() ? descriptors.x() : NO_TENSOR;
    activation = activates ? descriptors.relu() : NO_ACTIVATION;
  }

  private static Pointer scalar(boolean isDouble, int value) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(Double.BYTES).order(ByteOrder.nativeOrder());
    if (isDouble) {
      bytes.putDouble(0, value);
    } else {
      bytes.putFloat(0, value);
    }
    return Pointer.toBuffer(bytes);
  }

  /**
   * Scale and shift of a call: the spec's, or a plan's own where the spec has none, since cuDNN
   * asks for both.
   */
  record Affine(Tensor scale, Tensor shift) {}

  /** What a backward pass reads and writes per channel: gamma, and where both gradients go. */
  record Parameters(Tensor scale, Affine gradients) {}

  /**
   * Batch mean and invStd go to {@code saved}, if there is one.
   *
   * @param batch zero; mean and unbiased variance of the batch are put here. Null for nowhere
   */
  void forwardTraining(
      cudnnHandle handle, ForwardTensors t, Affine affine, @Nullable RunningStatistics batch) {
    SavedStatistics saved = t.saved();
    CudnnStatus.check(
        "cudnnBatchNormalizationForwardTraining",
        JCudnn.cudnnBatchNormalizationForwardTraining(
            handle,
            mode,
            one,
            zero,
            descriptors.x(),
            x.of(t.x()),
            descriptors.x(),
            y.of(t.y()),
            descriptors.perChannel(),
            gamma.of(affine.scale()),
            beta.of(affine.shift()),
            ALL_OF_IT,
            batchMean.of(batch == null ? null : batch.mean()),
            batchVariance.of(batch == null ? null : batch.variance()),
            spec.epsilon(),
            mean.of(saved == null ? null : saved.mean()),
            spread.of(saved == null ? null : saved.invStd())));
  }

  void forwardInference(
      cudnnHandle handle, ForwardTensors t, Affine affine, RunningStatistics running) {
    CudnnStatus.check(
        "cudnnBatchNormalizationForwardInference",
        JCudnn.cudnnBatchNormalizationForwardInference(
            handle,
            mode,
            one,
            zero,
            descriptors.x(),
            x.of(t.x()),
            descriptors.x(),
            y.of(t.y()),
            descriptors.perChannel(),
            gamma.of(affine.scale()),
            beta.of(affine.shift()),
            mean.of(running.mean()),
            spread.of(running.variance()),
            spec.epsilon()));
  }

  /** Backward pass of TRAINING. */
  void backward(cudnnHandle handle, BackwardTensors t, Parameters parameters) {
    SavedStatistics saved = t.inputs().saved();
    CudnnStatus.check(
        "cudnnBatchNormalizationBackward",
        JCudnn.cudnnBatchNormalizationBackward(
            handle,
            mode,
            one,
            zero,
            one,
            zero,
            descriptors.x(),
            x.of(t.x()),
            descriptors.x(),
            y.of(t.dy()),
            descriptors.x(),
            dx.of(t.dx()),
            descriptors.perChannel(),
            gamma.of(parameters.scale()),
            dGamma.of(parameters.gradients().scale()),
            dBeta.of(parameters.gradients().shift()),
            spec.epsilon(),
            mean.of(saved == null ? null : saved.mean()),
            spread.of(saved == null ? null : saved.invStd())));
  }

  /** Bytes that the Ex calls want: workspace of forward and backward, and reserve space. */
  record Sizes(long workspace, long reserve) {}

  /** Asks cuDNN; both sizes 0 where it has no kernel of its own for the Ex calls. */
  Sizes sizes(cudnnHandle handle) {
    cudnnTensorDescriptor d = descriptors.x();
    cudnnTensorDescriptor c = descriptors.perChannel();
    long[] forward = new long[1];
    CudnnStatus.check(
        "cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize",
        JCudnn.cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize(
            handle, mode, operations, d, z, d, c, activation, forward));
    long[] backward = new long[1];
    if (operations == cudnnBatchNormOps.CUDNN_BATCHNORM_OPS_BN) {
      CudnnStatus.check(
          "cudnnGetBatchNormalizationBackwardExWorkspaceSize",
          JCudnn.cudnnGetBatchNormalizationBackwardExWorkspaceSize(
              handle, mode, operations, d, NO_TENSOR, d, NO_TENSOR, d, c, NO_ACTIVATION, backward));
    }
    long[] kept = new long[1];
    CudnnStatus.check(
        "cudnnGetBatchNormalizationTrainingExReserveSpaceSize",
        JCudnn.cudnnGetBatchNormalizationTrainingExReserveSpaceSize(
            handle, mode, operations, activation, d, kept));
    return new Sizes(Math.max(forward[0], backward[0]), kept[0]);
  }

  /**
   * Memory of an Ex call.
   *
   * @param batch as in {@link #forwardTraining}
   */
  record Space(
      DevicePointer workspace,
      long workspaceBytes,
      @Nullable Tensor reserve,
      @Nullable RunningStatistics batch) {
    long reserveBytes() {
      return reserve == null ? 0 : reserve.bytes();
    }
  }

  /** As {@link #forwardTraining}, by the Ex call, with the spec's residual and activation. */
  void forwardTrainingExtended(cudnnHandle handle, ForwardTensors t, Affine affine, Space space) {
    SavedStatistics saved = t.saved();
    RunningStatistics batch = space.batch();
    CudnnStatus.check(
        "cudnnBatchNormalizationForwardTrainingEx",
        JCudnn.cudnnBatchNormalizationForwardTrainingEx(
            handle,
            mode,
            operations,
            one,
            zero,
            descriptors.x(),
            x.of(t.x()),
            z,
            residual.of(t.residual()),
            descriptors.x(),
            y.of(t.y()),
            descriptors.perChannel(),
            gamma.of(affine.scale()),
            beta.of(affine.shift()),
            ALL_OF_IT,
            batchMean.of(batch == null ? null : batch.mean()),
            batchVariance.of(batch == null ? null : batch.variance()),
            spec.epsilon(),
            mean.of(saved == null ? null : saved.mean()),
            spread.of(saved == null ? null : saved.invStd()),
            activation,
            space.workspace(),
            space.workspaceBytes(),
            reserve.of(space.reserve()),
            space.reserveBytes()));
  }

  /** As {@link #backward}, by the Ex call; not for a spec with an activation. */
  void backwardExtended(cudnnHandle handle, BackwardTensors t, Parameters parameters, Space space) {
    SavedStatistics saved = t.inputs().saved();
    CudnnStatus.check(
        "cudnnBatchNormalizationBackwardEx",
        JCudnn.cudnnBatchNormalizationBackwardEx(
            handle,
            mode,
            operations,
            one,
            zero,
            one,
            zero,
            descriptors.x(),
            x.of(t.x()),
            NO_TENSOR,
            NULL,
            descriptors.x(),
            y.of(t.dy()),
            NO_TENSOR,
            NULL,
            descriptors.x(),
            dx.of(t.dx()),
            descriptors.perChannel(),
            gamma.of(parameters.scale()),
            NULL,
            dGamma.of(parameters.gradients().scale()),
            dBeta.of(parameters.gradients().shift()),
            spec.epsilon(),
            mean.of(saved == null ? null : saved.mean()),
            spread.of(saved == null ? null : saved.invStd()),
            NO_ACTIVATION,
            space.workspace(),
            space.workspaceBytes(),
            reserve.of(space.reserve()),
            space.reserveBytes()));
  }
}
