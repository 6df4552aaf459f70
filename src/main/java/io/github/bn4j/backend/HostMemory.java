package io.github.bn4j.backend;

import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Tensor;
import java.nio.ByteBuffer;

/** The memory of backends that compute on the host: garbage collected, nothing to close. */
public final class HostMemory implements Memory {
  /** Bytes copied at a time; any multiple of 8 does. */
  private static final int CHUNK = 1 << 16;

  @Override
  public HostTensor allocate(DataType dataType, long elements) {
    return HostTensor.allocate(dataType, elements);
  }

  @Override
  public void write(Tensor target, HostTensor source) {
    copy(source, host("target", target));
  }

  @Override
  public void read(Tensor source, HostTensor target) {
    copy(host("source", source), target);
  }

  @Override
  public void copy(Tensor source, Tensor target) {
    copy(host("source", source), host("target", target));
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

  private static void copy(HostTensor from, HostTensor to) {
    if (from.dataType() != to.dataType() || from.elements() != to.elements()) {
      throw new IllegalArgumentException(
          "copy: expected %d elements of %s, got %d of %s"
              .formatted(
                  to.elements(), to.dataType().label(), from.elements(), from.dataType().label()));
    }
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
    for (long at = 0; at < from.bytes(); at += CHUNK) {
      chunk.clear().limit((int) Math.min(CHUNK, from.bytes() - at));
      from.readBytes(at, chunk);
      chunk.flip();
      to.writeBytes(at, chunk);
    }
  }
}
