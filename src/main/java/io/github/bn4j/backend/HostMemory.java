package io.github.bn4j.backend;

import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Tensor;

/** The memory of backends that compute on the host: garbage collected, nothing to close. */
public final class HostMemory implements Memory {
  @Override
  public HostTensor allocate(DataType dataType, long elements) {
    return HostTensor.allocate(dataType, elements);
  }

  @Override
  public void write(Tensor target, HostTensor source) {
    source.copyTo(host("target", target));
  }

  @Override
  public void read(Tensor source, HostTensor target) {
    host("source", source).copyTo(target);
  }

  @Override
  public void copy(Tensor source, Tensor target) {
    host("source", source).copyTo(host("target", target));
  }

  @Override
  public void synchronize() {
    // Host plans are done when they return.
  }

  @Override
  public void close() {
    // Garbage collected.
  }

  private static HostTensor host(String name, Tensor tensor) {
    if (tensor instanceof HostTensor onHost) {
      return onHost;
    }
    throw new IllegalArgumentException(name + ": expected host memory, got device memory");
  }
}
