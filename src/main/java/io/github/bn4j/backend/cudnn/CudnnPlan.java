package io.github.bn4j.backend.cudnn;

import io.github.bn4j.backend.Plan;
import io.github.bn4j.cuda.CudaContext;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.cuda.DeviceBuffer;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Checks;
import io.github.bn4j.op.DeviceTensor;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.Tensor;
import java.util.Objects;
import jcuda.jcudnn.cudnnHandle;
import org.jspecify.annotations.Nullable;

/**
 * A spec prepared for cuDNN: descriptors, what cuDNN wants and the spec does not have (a gamma of
 * ones, a beta of zeros, a place for their gradients), and our kernel for the running statistics.
 */
final class CudnnPlan implements Plan {
  private final BatchNormSpec spec;
  private final CudaStream stream;
  private final boolean persistent;
  private final CudnnResources resources;
  private boolean closed;

  private CudnnPlan(
      BatchNormSpec spec, CudaStream stream, boolean persistent, CudnnResources resources) {
    this.spec = spec;
    this.stream = stream;
    this.persistent = persistent;
    this.resources = resources;
  }

  /** Makes the plan; what was made is given back if a later step fails. */
  static CudnnPlan make(BatchNormSpec spec, CudaStream stream, boolean persistent) {
    return new CudnnPlan(spec, stream, persistent, new CudnnResources(spec, stream, persistent));
  }

  @Override
  public BatchNormSpec spec() {
    return spec;
  }

  @Override
  public String backend() {
    return persistent ? CudnnBackend.PERSISTENT_NAME : CudnnBackend.NAME;
  }

  /** What cuDNN's Ex calls keep from forward to backward; 0 where they are not used. */
  @Override
  public long reserveBytes() {
    return resources.reserveBytes();
  }

  @Override
  public void forward(ForwardTensors t) {
    checkOpen();
    Checks.forward(spec, t, stream.device(), reserveBytes());
    if (spec.shape().elements() == 0) {
      return;
    }
    CudaContext context = stream.context();
    context.enter();
    try {
      compute(t);
      RunningStatistics batch = resources.batch();
      if (batch != null) {
        resources.runningUpdate().launch(batch, Objects.requireNonNull(t.running()), stream);
      }
    } finally {
      context.exit();
    }
  }

  private void compute(ForwardTensors t) {
    CudnnCalls calls = resources.calls();
    CudnnCalls.Affine affine = resources.affine(t.gamma(), t.beta());
    CudnnHandle shared = resources.handle();
    synchronized (shared) {
      cudnnHandle handle = shared.use(stream);
      RunningStatistics running = t.running();
      if (!spec.usesBatchStatistics() && running != null) {
        calls.forwardInference(handle, t, affine, running);
      } else if (extended(t.reserve())) {
        calls.forwardTrainingExtended(handle, t, affine, resources.space(t.reserve()));
      } else {
        calls.forwardTraining(handle, t, affine, resources.batch());
      }
    }
  }

  @Override
  public void backward(BackwardTensors t) {
    checkOpen();
    Checks.backward(spec, t, stream.device(), reserveBytes());
    Plan own = resources.backward();
    if (own != null) {
      own.backward(recomputing(t));
      return;
    }
    CudaContext context = stream.context();
    context.enter();
    try {
      if (spec.shape().elements() == 0) {
        zero(t.dGamma());
        zero(t.dBeta());
        return;
      }
      BackwardTensors.Inputs inputs = t.inputs();
      CudnnCalls.Parameters parameters =
          new CudnnCalls.Parameters(
              resources.scale(inputs.gamma()), resources.gradients(t.dGamma(), t.dBeta()));
      CudnnHandle shared = resources.handle();
      synchronized (shared) {
        cudnnHandle handle = shared.use(stream);
        if (extended(inputs.reserve())) {
          resources
              .calls()
              .backwardExtended(handle, t, parameters, resources.space(inputs.reserve()));
        } else {
          resources.calls().backward(handle, t, parameters);
        }
      }
    } finally {
      context.exit();
    }
  }

  /** The mask is cuDNN's own, so our kernels find it again from x. */
  private static BackwardTensors recomputing(BackwardTensors t) {
    BackwardTensors.Inputs in = t.inputs();
    return in.reserve() == null
        ? t
        : new BackwardTensors(
            t.x(),
            t.dy(),
            t.dx(),
            t.dResidual(),
            t.dGamma(),
            t.dBeta(),
            new BackwardTensors.Inputs(
                in.gamma(), in.beta(), in.residual(), in.running(), in.saved(), null));
  }

  /** Forward and backward pass of one step get the same reserve, so both answer alike. */
  private boolean extended(@Nullable Tensor reserve) {
    return resources.backward() != null || (reserve != null && reserveBytes() > 0);
  }

  private void zero(@Nullable Tensor gradient) {
    if (gradient instanceof DeviceBuffer buffer) {
      buffer.zeroAsync(stream);
    } else if (gradient instanceof DeviceTensor tensor) {
      DeviceBuffer.wrap(stream.context(), tensor.address(), tensor.dataType(), tensor.elements())
          .zeroAsync(stream);
    }
  }

  @Override
  public long skippedUpdates() {
    checkOpen();
    return spec.updatesRunningStatistics() ? resources.runningUpdate().skippedUpdates(stream) : 0;
  }

  @Override
  public String explain() {
    boolean statistics = spec.usesBatchStatistics();
    return CudnnBackend.library()
        + ", mode "
        + (CudnnLimits.isPerActivation(spec)
            ? "PER_ACTIVATION"
            : persistent ? "SPATIAL_PERSISTENT" : "SPATIAL")
        + (reserveBytes() > 0 ? " with the Ex calls where a reserve is given" : "")
        + (resources.backward() == null ? "" : ", forward by the fused Ex call, backward by ptx")
        + "; traffic of a two-pass kernel: forward "
        + (statistics ? "3N" : "2N")
        + (spec.mode() == Mode.TRAINING ? ", backward 5N" : "")
        + (spec.updatesRunningStatistics()
            ? "; running statistics by bn_running_update, from the batch's unbiased variance"
            : "");
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException(
          "plan: expected an open plan, got a closed one of " + spec.describe() + "; plan again");
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      resources.close();
    }
  }
}
