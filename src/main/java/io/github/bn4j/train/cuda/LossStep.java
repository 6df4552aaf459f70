package io.github.bn4j.train.cuda;

import static io.github.bn4j.backend.cudnn.CudnnStatus.check;
import static io.github.bn4j.train.cuda.Descriptors.ONE;
import static io.github.bn4j.train.cuda.Descriptors.ZERO;

import io.github.bn4j.backend.ptx.Launch;
import io.github.bn4j.cuda.DeviceBuffer;
import io.github.bn4j.cuda.DevicePointer;
import io.github.bn4j.op.DataType;
import io.github.bn4j.train.engine.LossTensors;
import io.github.bn4j.train.engine.Step;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnSoftmaxAlgorithm;
import jcuda.jcudnn.cudnnSoftmaxMode;
import jcuda.jcudnn.cudnnTensorDescriptor;

/** The logarithm of the softmax by cuDNN; loss, hits and gradient from it by a kernel of ours. */
@SuppressWarnings("deprecation")
final class LossStep implements Step {
  private final Session session;
  private final Descriptors descriptors = new Descriptors();
  private final cudnnTensorDescriptor rows;
  private final DevicePointer logits;
  private final DeviceBuffer logs;
  private final DevicePointer atLogs;
  private final Launch loss;
  private final Session.Calls softmaxCalls = this::queueSoftmax;

  LossStep(Session session, LossTensors t) {
    this.session = session;
    long elements = (long) t.batch() * t.classes();
    logits = session.floats("logits", t.logits(), elements);
    logs = session.allocate(DataType.F32, elements);
    atLogs = new DevicePointer(logs.address());
    try {
      loss = LossKernel.prepare(session, t, logs);
      rows = descriptors.tensor(t.batch(), t.classes(), 1, 1);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  @Override
  public void forward() {
    session.queue(softmaxCalls);
    session.queue(loss);
  }

  private void queueSoftmax(cudnnHandle handle) {
    check(
        "cudnnSoftmaxForward",
        JCudnn.cudnnSoftmaxForward(
            handle,
            cudnnSoftmaxAlgorithm.CUDNN_SOFTMAX_LOG,
            cudnnSoftmaxMode.CUDNN_SOFTMAX_MODE_INSTANCE,
            ONE,
            rows,
            logits,
            ZERO,
            rows,
            atLogs));
  }

  /** Nothing: the forward pass has written the gradient. */
  @Override
  public void backward() {}

  @Override
  public void close() {
    descriptors.close();
    logs.close();
  }
}
