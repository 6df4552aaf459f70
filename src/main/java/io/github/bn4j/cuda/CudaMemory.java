package io.github.bn4j.cuda;

import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.DeviceTensor;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Tensor;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;

/**
 * Memory of a device, ordered with one stream: what is written is there for work queued afterwards,
 * and what is closed is used again without waiting.
 */
public final class CudaMemory implements Memory {
  /**
   * Bytes of each of the two staging buffers. Large enough that the copy's set-up (some 10 us) is
   * small against its length (about 80 us at 25 GB/s), small enough to lock on any host.
   */
  static final int STAGING_BYTES = 2 << 20;

  private final CudaStream stream;
  private final BufferCache cache;
  private final Set<DeviceBuffer> lent = Collections.newSetFromMap(new WeakHashMap<>());
  private final PinnedBuffer[] staging = new PinnedBuffer[2];
  private final CudaEvent[] copied = new CudaEvent[2];
  private boolean closed;

  /** Which staging buffer the next write begins with: not the one still being copied from. */
  private int turn;

  /** Memory ordered with the stream that the options ask for. */
  public CudaMemory(PlanOptions options) {
    this(CudaStream.of(options));
  }

  /** Memory ordered with a stream. */
  public CudaMemory(CudaStream stream) {
    this.stream = stream;
    this.cache = new BufferCache(stream.context());
  }

  /** The stream that copies are queued on. */
  public CudaStream stream() {
    return stream;
  }

  @Override
  public synchronized DeviceBuffer allocate(DataType dataType, long elements) {
    checkOpen();
    if (elements < 0) {
      throw new IllegalArgumentException("elements: expected a number >= 0, got " + elements);
    }
    DeviceBuffer buffer = cache.take(dataType, elements);
    try {
      buffer.zeroAsync(stream);
    } catch (RuntimeException e) {
      buffer.close();
      throw e;
    }
    lent.add(buffer);
    return buffer;
  }

  @Override
  public DeviceBuffer copyOf(HostTensor source) {
    DeviceBuffer copy = allocate(source.dataType(), source.elements());
    write(copy, source);
    return copy;
  }

  @Override
  public synchronized void write(Tensor target, HostTensor source) {
    checkOpen();
    DeviceBuffer to = onDevice("target", target);
    checkSame(target, source);
    prepareStaging(source.bytes());
    long at = 0;
    for (; at < source.bytes(); turn ^= 1) {
      ByteBuffer chunk = chunk(turn, source.bytes() - at);
      copied[turn].synchronize();
      source.readBytes(at, chunk);
      chunk.flip();
      int count = chunk.remaining();
      to.writeAsync(at, chunk, stream);
      copied[turn].record(stream);
      at += count;
    }
  }

  @Override
  public synchronized void read(Tensor source, HostTensor target) {
    checkOpen();
    DeviceBuffer from = onDevice("source", source);
    checkSame(source, target);
    prepareStaging(target.bytes());
    long queued = queueRead(from, 0, 0);
    long at = 0;
    for (int turn = 0; at < target.bytes(); turn ^= 1) {
      queued = queueRead(from, queued, turn ^ 1);
      ByteBuffer chunk = chunk(turn, target.bytes() - at);
      int count = chunk.remaining();
      copied[turn].synchronize();
      target.writeBytes(at, chunk);
      at += count;
    }
    stream.synchronize();
  }

  @Override
  public synchronized void copy(Tensor source, Tensor target) {
    checkOpen();
    DeviceBuffer from = onDevice("source", source);
    DeviceBuffer to = onDevice("target", target);
    if (source.dataType() != target.dataType() || source.elements() != target.elements()) {
      throw new IllegalArgumentException(
          "copy: expected %d elements of %s, got %d of %s"
              .formatted(
                  target.elements(),
                  target.dataType().label(),
                  source.elements(),
                  source.dataType().label()));
    }
    to.copyAsync(from, stream);
  }

  /** Queues the copy of the next chunk into a staging buffer; returns the end of it. */
  private long queueRead(DeviceBuffer from, long at, int turn) {
    if (at == from.bytes()) {
      return at;
    }
    ByteBuffer chunk = chunk(turn, from.bytes() - at);
    from.readAsync(at, chunk, stream);
    copied[turn].record(stream);
    return at + chunk.remaining();
  }

  private ByteBuffer chunk(int turn, long atMost) {
    return staging[turn].bytes().limit((int) Math.min(STAGING_BYTES, atMost));
  }

  private void prepareStaging(long bytes) {
    for (int i = 0; bytes > 0 && i < staging.length; i++) {
      if (staging[i] == null) {
        staging[i] = PinnedBuffer.allocate(stream.context(), STAGING_BYTES);
      }
      if (copied[i] == null) {
        copied[i] = CudaEvent.ordering(stream.context());
      }
    }
  }

  private static void checkSame(Tensor device, HostTensor host) {
    if (device.dataType() != host.dataType() || device.elements() != host.elements()) {
      throw new IllegalArgumentException(
          "copy: expected %d elements of %s, got %d of %s"
              .formatted(
                  device.elements(),
                  device.dataType().label(),
                  host.elements(),
                  host.dataType().label()));
    }
  }

  private DeviceBuffer onDevice(String name, Tensor tensor) {
    if (!(tensor instanceof DeviceTensor onDevice)) {
      throw new IllegalArgumentException(name + ": expected device memory, got host memory");
    }
    if (onDevice.isClosed()) {
      throw new IllegalArgumentException(
          name + ": expected open device memory, got a closed tensor");
    }
    if (onDevice.device() != stream.device()) {
      throw new IllegalArgumentException(
          name
              + ": expected memory of device "
              + stream.device()
              + ", got memory of device "
              + onDevice.device()
              + "; use the memory made for that device");
    }
    return onDevice instanceof DeviceBuffer buffer
        ? buffer
        : DeviceBuffer.wrap(
            stream.context(), onDevice.address(), onDevice.dataType(), onDevice.elements());
  }

  @Override
  public void synchronize() {
    stream.synchronize();
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException(
          "memory: expected open device memory, got one that was closed; make a new one");
    }
  }

  /** Closes every tensor that was allocated here and is still open. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    lent.forEach(DeviceBuffer::close);
    for (int i = 0; i < staging.length; i++) {
      if (staging[i] != null) {
        staging[i].close();
      }
      if (copied[i] != null) {
        copied[i].close();
      }
    }
    cache.close();
  }
}
