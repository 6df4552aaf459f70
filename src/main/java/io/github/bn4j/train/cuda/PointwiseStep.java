package io.github.bn4j.train.cuda;

import static io.github.bn4j.backend.cudnn.CudnnStatus.check;
import static io.github.bn4j.train.cuda.Descriptors.ONE;
import static io.github.bn4j.train.cuda.Descriptors.ZERO;

import io.github.bn4j.cuda.DevicePointer;
import io.github.bn4j.train.engine.Flow;
import io.github.bn4j.train.engine.Pointwise;
import io.github.bn4j.train.engine.Step;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnActivationDescriptor;
import jcuda.jcudnn.cudnnActivationMode;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnTensorDescriptor;

/** A function of single elements by cuDNN. */
@SuppressWarnings("deprecation")
final class PointwiseStep implements Step {
  private final Session session;
  private final Descriptors descriptors = new Descriptors();
  private final cudnnActivationDescriptor function;
  private final cudnnTensorDescriptor of;
  private final DevicePointer x;
  private final DevicePointer y;
  private final DevicePointer dy;
  private final DevicePointer dx;
  private final Session.Calls forwardCalls = this::queueForward;
  private final Session.Calls backwardCalls = this::queueBackward;

  PointwiseStep(Session session, Pointwise function, Flow flow) {
    this.session = session;
    long elements = flow.x().elements();
    x = session.floats("x", flow.x(), elements);
    y = session.floats("y", flow.y(), elements);
    dy = session.optionalFloats("dy", flow.dy(), elements);
    dx = session.optionalFloats("dx", flow.dx(), elements);
    try {
      this.function = descriptors.activation(modeOf(function));
      of = descriptors.tensor(1, 1, 1, elements);
    } catch (RuntimeException e) {
      descriptors.close();
      throw e;
    }
  }

  private static int modeOf(Pointwise function) {
    return switch (function) {
      case RELU -> cudnnActivationMode.CUDNN_ACTIVATION_RELU;
      case TANH -> cudnnActivationMode.CUDNN_ACTIVATION_TANH;
    };
  }

  @Override
  public void forward() {
    session.queue(forwardCalls);
  }

  private void queueForward(cudnnHandle handle) {
    check(
        "cudnnActivationForward",
        JCudnn.cudnnActivationForward(handle, function, ONE, of, x, ZERO, of, y));
  }

  @Override
  public void backward() {
    if (dy.address() == 0) {
      throw KernelStep.forwardOnly();
    }
    if (dx.address() != 0) {
      session.queue(backwardCalls);
    }
  }

  /** Both derivatives follow from y, which stands for x, too: x may have been overwritten by it. */
  private void queueBackward(cudnnHandle handle) {
    check(
        "cudnnActivationBackward",
        JCudnn.cudnnActivationBackward(handle, function, ONE, of, y, of, dy, of, y, ZERO, of, dx));
  }

  @Override
  public void close() {
    descriptors.close();
  }
}
