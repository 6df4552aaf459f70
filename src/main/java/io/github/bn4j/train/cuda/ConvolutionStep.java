package io.github.bn4j.train.cuda;

import static io.github.bn4j.backend.cudnn.CudnnStatus.check;
import static io.github.bn4j.train.cuda.Descriptors.ONE;
import static io.github.bn4j.train.cuda.Descriptors.ZERO;

import io.github.bn4j.cuda.DevicePointer;
import io.github.bn4j.op.Activation;
import io.github.bn4j.train.engine.Flow;
import io.github.bn4j.train.engine.Step;
import io.github.bn4j.train.engine.Weights;
import java.util.Objects;
import jcuda.Pointer;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnActivationDescriptor;
import jcuda.jcudnn.cudnnActivationMode;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnTensorDescriptor;
import org.jspecify.annotations.Nullable;

/** A convolution or dense layer by cuDNN, with bias and activation. */
@SuppressWarnings("deprecation")
final class ConvolutionStep implements Step {
  private final Session session;
  private final Descriptors descriptors = new Descriptors();
  private final Algorithm.Problem problem;
  private final cudnnTensorDescriptor perChannel;
  private final @Nullable cudnnActivationDescriptor relu;

  private final DevicePointer x;
  private final DevicePointer y;
  private final DevicePointer dy;
  private final DevicePointer dx;
  private final DevicePointer weight;
  private final DevicePointer bias;
  private final DevicePointer dWeight;
  private final DevicePointer dBias;

  /** What becomes of the old gradients of the weights. */
  private final Pointer keptGradients;

  private @Nullable Algorithm forward;
  private @Nullable Algorithm backwardFilter;
  private @Nullable Algorithm backwardData;
  private final Session.Calls forwardCalls = this::queueForward;
  private final Session.Calls backwardCalls = this::queueBackward;

  ConvolutionStep(Session session, ConvolutionShape shape, Weights w, Flow flow) {
    this.session = session;
    long outputs = shape.output().channels();
    x = session.floats("x", flow.x(), shape.input().elements());
    y = session.floats("y", flow.y(), shape.output().elements());
    dy = session.optionalFloats("dy", flow.dy(), shape.output().elements());
    dx = session.optionalFloats("dx", flow.dx(), shape.input().elements());
    weight = session.floats("weight", w.weight(), shape.weights());
    bias = session.optionalFloats("bias", w.bias(), outputs);
    dWeight = session.floats("dWeight", w.dWeight(), shape.weights());
    dBias = session.optionalFloats("dBias", w.dBias(), outputs);
    keptGradients = shape.accumulate() ? ONE : ZERO;
    try {
      problem =
          new Algorithm.Problem(
              descriptors.tensor(shape.input()),
              descriptors.filter(outputs, shape.input().channels(), shape.kernel()),
              descriptors.convolution(shape.stride(), shape.padding()),
              descriptors.tensor(shape.output()));
      perChannel = descriptors.tensor(1, outputs, 1, 1);
      relu =
          shape.activation() == Activation.RELU
              ? descriptors.activation(cudnnActivationMode.CUDNN_ACTIVATION_RELU)
              : null;
      session.queue(this::choose);
    } catch (RuntimeException e) {
      descriptors.close();
      throw e;
    }
  }

  /** Chooses algorithms for the passes that there are. */
  private void choose(cudnnHandle handle) {
    Algorithm one = Algorithm.forward(handle, problem);
    session.reserveWorkspace(one.workspaceBytes());
    forward = one;
    if (dy.address() != 0) {
      one = Algorithm.backwardFilter(handle, problem);
      session.reserveWorkspace(one.workspaceBytes());
      backwardFilter = one;
    }
    if (dy.address() != 0 && dx.address() != 0) {
      one = Algorithm.backwardData(handle, problem);
      session.reserveWorkspace(one.workspaceBytes());
      backwardData = one;
    }
  }

  @Override
  public void forward() {
    session.queue(forwardCalls);
  }

  private void queueForward(cudnnHandle handle) {
    Algorithm how = Objects.requireNonNull(forward);
    check(
        "cudnnConvolutionForward",
        JCudnn.cudnnConvolutionForward(
            handle,
            ONE,
            problem.x(),
            x,
            problem.weight(),
            weight,
            problem.how(),
            how.number(),
            session.workspace(),
            how.workspaceBytes(),
            ZERO,
            problem.y(),
            y));
    if (bias.address() != 0) {
      check(
          "cudnnAddTensor",
          JCudnn.cudnnAddTensor(handle, ONE, perChannel, bias, ONE, problem.y(), y));
    }
    if (relu != null) {
      check(
          "cudnnActivationForward",
          JCudnn.cudnnActivationForward(handle, relu, ONE, problem.y(), y, ZERO, problem.y(), y));
    }
  }

  @Override
  public void backward() {
    if (backwardFilter == null) {
      throw KernelStep.forwardOnly();
    }
    session.queue(backwardCalls);
  }

  private void queueBackward(cudnnHandle handle) {
    cudnnTensorDescriptor of = problem.y();
    if (relu != null) {
      // y > 0 exactly where the argument was: so y stands for both.
      check(
          "cudnnActivationBackward",
          JCudnn.cudnnActivationBackward(handle, relu, ONE, of, y, of, dy, of, y, ZERO, of, dy));
    }
    if (dBias.address() != 0) {
      check(
          "cudnnConvolutionBackwardBias",
          JCudnn.cudnnConvolutionBackwardBias(
              handle, ONE, of, dy, keptGradients, perChannel, dBias));
    }
    queueFilterGradient(handle);
    if (backwardData != null) {
      queueDataGradient(handle, backwardData);
    }
  }

  private void queueFilterGradient(cudnnHandle handle) {
    Algorithm how = Objects.requireNonNull(backwardFilter);
    check(
        "cudnnConvolutionBackwardFilter",
        JCudnn.cudnnConvolutionBackwardFilter(
            handle,
            ONE,
            problem.x(),
            x,
            problem.y(),
            dy,
            problem.how(),
            how.number(),
            session.workspace(),
            how.workspaceBytes(),
            keptGradients,
            problem.weight(),
            dWeight));
  }

  private void queueDataGradient(cudnnHandle handle, Algorithm how) {
    check(
        "cudnnConvolutionBackwardData",
        JCudnn.cudnnConvolutionBackwardData(
            handle,
            ONE,
            problem.weight(),
            weight,
            problem.y(),
            dy,
            problem.how(),
            how.number(),
            session.workspace(),
            how.workspaceBytes(),
            ZERO,
            problem.x(),
            dx));
  }

  @Override
  public void close() {
    descriptors.close();
  }
}
