package io.github.bn4j.train.cuda;

import static io.github.bn4j.backend.cudnn.CudnnStatus.check;
import static io.github.bn4j.train.cuda.Descriptors.ONE;
import static io.github.bn4j.train.cuda.Descriptors.ZERO;

import io.github.bn4j.cuda.DevicePointer;
import io.github.bn4j.train.engine.Flow;
import io.github.bn4j.train.engine.PoolSpec;
import io.github.bn4j.train.engine.Step;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnPoolingDescriptor;
import jcuda.jcudnn.cudnnTensorDescriptor;

/**
 * Maximum pooling by cuDNN. Which of several equal maxima of a window gets the gradient is cuDNN's
 * choice; it makes no difference below a ReLU, whose own gradient is zero at the ties that matter.
 */
@SuppressWarnings("deprecation")
final class PoolingStep implements Step {
  private final Session session;
  private final Descriptors descriptors = new Descriptors();
  private final cudnnPoolingDescriptor how;
  private final cudnnTensorDescriptor in;
  private final cudnnTensorDescriptor out;
  private final DevicePointer x;
  private final DevicePointer y;
  private final DevicePointer dy;
  private final DevicePointer dx;
  private final Session.Calls forwardCalls = this::queueForward;
  private final Session.Calls backwardCalls = this::queueBackward;

  PoolingStep(Session session, PoolSpec spec, Flow flow) {
    this.session = session;
    x = session.floats("x", flow.x(), spec.input().elements());
    y = session.floats("y", flow.y(), spec.output().elements());
    dy = session.optionalFloats("dy", flow.dy(), spec.output().elements());
    dx = session.optionalFloats("dx", flow.dx(), spec.input().elements());
    try {
      how = descriptors.maxPooling(spec.kernel(), spec.stride());
      in = descriptors.tensor(spec.input());
      out = descriptors.tensor(spec.output());
    } catch (RuntimeException e) {
      descriptors.close();
      throw e;
    }
  }

  @Override
  public void forward() {
    session.queue(forwardCalls);
  }

  private void queueForward(cudnnHandle handle) {
    check("cudnnPoolingForward", JCudnn.cudnnPoolingForward(handle, how, ONE, in, x, ZERO, out, y));
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

  private void queueBackward(cudnnHandle handle) {
    check(
        "cudnnPoolingBackward",
        JCudnn.cudnnPoolingBackward(handle, how, ONE, out, y, out, dy, in, x, ZERO, in, dx));
  }

  @Override
  public void close() {
    descriptors.close();
  }
}
