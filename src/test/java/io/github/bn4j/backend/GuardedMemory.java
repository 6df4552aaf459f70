package io.github.bn4j.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.op.ArrayTensor;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.DeviceTensor;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Tensor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.IdentityHashMap;

/**
 * Memory whose tensors lie in the middle of larger ones, with a pattern on both sides that a stray
 * write destroys.
 */
final class GuardedMemory implements Memory {
  /** Elements on each side: 256 bytes or more, as much as the widest access reaches. */
  private static final int GUARD = 256;

  private static final byte PATTERN = 0x5a;

  private final Memory memory;
  private final int shift;
  private final IdentityHashMap<Tensor, Tensor> wholes = new IdentityHashMap<>();

  /**
   * Guards on top of another memory.
   *
   * @param shift elements that each tensor starts after an aligned address
   */
  GuardedMemory(Memory memory, int shift) {
    this.memory = memory;
    this.shift = shift;
  }

  @Override
  public Tensor allocate(DataType dataType, long elements) {
    Tensor whole = memory.allocate(dataType, elements + 2L * GUARD + shift);
    HostTensor image = HostTensor.allocate(dataType, whole.elements());
    fill(image, 0, image.elements(), PATTERN);
    fill(image, start(), elements, (byte) 0);
    memory.write(whole, image);
    Tensor window = window(whole, elements);
    wholes.put(window, whole);
    return window;
  }

  private long start() {
    return (long) GUARD + shift;
  }

  private Tensor window(Tensor whole, long elements) {
    if (whole instanceof ArrayTensor onHost) {
      return HostTensor.ofArray(
          whole.dataType(), onHost.array(), (int) start(), Math.toIntExact(elements));
    }
    if (whole instanceof DeviceTensor onDevice) {
      long address = onDevice.address() + start() * whole.dataType().bytes();
      return new Window(whole.dataType(), elements, onDevice, address);
    }
    throw new IllegalArgumentException("memory: expected arrays or device memory, got " + whole);
  }

  @Override
  public void write(Tensor target, HostTensor source) {
    Tensor whole = whole(target);
    HostTensor image = memory.toHost(whole);
    image.writeBytes(start() * source.dataType().bytes(), bytes(source, 0, source.elements()));
    memory.write(whole, image);
  }

  @Override
  public void read(Tensor source, HostTensor target) {
    HostTensor image = memory.toHost(whole(source));
    target.writeBytes(0, bytes(image, start(), target.elements()));
  }

  private Tensor whole(Tensor window) {
    Tensor whole = wholes.get(window);
    if (whole == null) {
      throw new IllegalArgumentException("tensor: expected one of this memory's");
    }
    return whole;
  }

  /** Fails if a byte outside of a tensor has changed. */
  void assertGuardsUntouched(String what) {
    wholes.forEach(
        (window, whole) -> {
          HostTensor image = memory.toHost(whole);
          long end = start() + window.elements();
          assertPattern(what + ": before", bytes(image, 0, start()));
          assertPattern(what + ": behind", bytes(image, end, image.elements() - end));
        });
  }

  private static void assertPattern(String what, ByteBuffer guard) {
    while (guard.hasRemaining()) {
      assertThat(guard.get()).as(what).isEqualTo(PATTERN);
    }
  }

  private static ByteBuffer bytes(HostTensor tensor, long from, long elements) {
    int size = tensor.dataType().bytes();
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(elements * size));
    tensor.readBytes(from * size, bytes);
    return bytes.flip();
  }

  private static void fill(HostTensor tensor, long from, long elements, byte value) {
    int size = tensor.dataType().bytes();
    byte[] bytes = new byte[Math.toIntExact(elements * size)];
    Arrays.fill(bytes, value);
    tensor.writeBytes(from * size, ByteBuffer.wrap(bytes));
  }

  @Override
  public void synchronize() {
    memory.synchronize();
  }

  @Override
  public void close() {
    memory.close();
  }

  /** Part of a device tensor, as a user would wrap a pointer. */
  private record Window(DataType dataType, long elements, DeviceTensor whole, long address)
      implements DeviceTensor {
    @Override
    public int device() {
      return whole.device();
    }

    @Override
    public boolean isClosed() {
      return whole.isClosed();
    }
  }
}
