package io.github.bn4j.backend;

import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Tensor;
import java.nio.ByteBuffer;

/** Host memory whose tensors are rows of small direct buffers, as those beyond 2 GiB are. */
final class SegmentedMemory implements Memory {
  private final HostMemory memory = new HostMemory();
  private final int segmentBytes;

  /**
   * Tensors of this memory.
   *
   * @param segmentBytes size of each buffer, a multiple of 8
   */
  SegmentedMemory(int segmentBytes) {
    this.segmentBytes = segmentBytes;
  }

  @Override
  public HostTensor allocate(DataType dataType, long elements) {
    int bytes = Math.toIntExact(elements * dataType.bytes());
    ByteBuffer[] segments = new ByteBuffer[Math.max(1, (bytes + segmentBytes - 1) / segmentBytes)];
    for (int i = 0; i < segments.length; i++) {
      segments[i] = ByteBuffer.allocateDirect(Math.min(segmentBytes, bytes - i * segmentBytes));
    }
    return HostTensor.ofBuffers(dataType, segments);
  }

  @Override
  public void write(Tensor target, HostTensor source) {
    memory.write(target, source);
  }

  @Override
  public void read(Tensor source, HostTensor target) {
    memory.read(source, target);
  }

  @Override
  public void synchronize() {
    memory.synchronize();
  }

  @Override
  public void close() {
    memory.close();
  }
}
