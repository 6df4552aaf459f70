package io.github.bn4j.train.cuda;

import io.github.bn4j.backend.cudnn.CudnnHandle;
import io.github.bn4j.backend.ptx.Launch;
import io.github.bn4j.backend.ptx.PtxModules;
import io.github.bn4j.cuda.CudaContext;
import io.github.bn4j.cuda.CudaFunction;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.cuda.DeviceBuffer;
import io.github.bn4j.cuda.DevicePointer;
import io.github.bn4j.cuda.Resources;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.DeviceTensor;
import io.github.bn4j.op.Tensor;
import jcuda.jcudnn.cudnnHandle;
import org.jspecify.annotations.Nullable;

/** What the steps of an engine share: the stream, cuDNN's state, kernels and a workspace. */
final class Session implements AutoCloseable {
  private final Resources made = new Resources();
  private final CudaStream stream;
  private final CudnnHandle handle;
  private final PtxModules modules;
  private @Nullable DeviceBuffer workspace;
  private DevicePointer atWorkspace = new DevicePointer(0);

  Session(CudaStream stream) {
    this.stream = stream;
    this.handle = CudnnHandle.acquire(stream.context());
    made.keep(handle::release);
    this.modules = made.keep(PtxModules.of(stream.context()));
  }

  /** Calls of cuDNN that queue work. */
  @FunctionalInterface
  interface Calls {
    void queue(cudnnHandle handle);
  }

  /** Makes the calls with the context current and cuDNN set to the stream. */
  void queue(Calls calls) {
    CudaContext context = stream.context();
    context.enter();
    try {
      synchronized (handle) {
        calls.queue(handle.use(stream));
      }
    } finally {
      context.exit();
    }
  }

  /** Queues a kernel. */
  void queue(Launch launch) {
    CudaContext context = stream.context();
    context.enter();
    try {
      launch.queue(stream);
    } finally {
      context.exit();
    }
  }

  CudaStream stream() {
    return stream;
  }

  /** A kernel of the workload. */
  CudaFunction function(String stem, String suffix) {
    return modules.function(stem, suffix);
  }

  DeviceBuffer allocate(DataType type, long elements) {
    return DeviceBuffer.allocate(stream.context(), type, elements);
  }

  /**
   * Makes sure that the workspace, which all steps share, has so many bytes. A smaller one stays
   * until the end: a graph may have been captured with it.
   */
  void reserveWorkspace(long bytes) {
    if (bytes > 0 && (workspace == null || workspace.bytes() < bytes)) {
      DeviceBuffer larger = made.keep(allocate(DataType.U8, bytes));
      workspace = larger;
      atWorkspace = new DevicePointer(larger.address());
    }
  }

  /** Null pointer where no step asked for one. */
  DevicePointer workspace() {
    return atWorkspace;
  }

  /** The pointer of a tensor that has to be this long and here. */
  DevicePointer pointer(String name, Tensor tensor, DataType type, long elements) {
    if (!(tensor instanceof DeviceTensor onDevice)
        || tensor.dataType() != type
        || tensor.elements() != elements
        || onDevice.device() != stream.device()
        || onDevice.isClosed()) {
      throw new IllegalArgumentException(
          "%s: expected %d open elements of %s in memory of device %d, got %d of %s; take them from the engine's memory"
              .formatted(
                  name,
                  elements,
                  type.label(),
                  stream.device(),
                  tensor.elements(),
                  tensor.dataType().label()));
    }
    return new DevicePointer(onDevice.address());
  }

  /** As above, of activations and weights. */
  DevicePointer floats(String name, Tensor tensor, long elements) {
    return pointer(name, tensor, DataType.F32, elements);
  }

  /** As above, or the null pointer. */
  DevicePointer optionalFloats(String name, @Nullable Tensor tensor, long elements) {
    return tensor == null ? new DevicePointer(0) : floats(name, tensor, elements);
  }

  @Override
  public void close() {
    made.close();
  }
}
