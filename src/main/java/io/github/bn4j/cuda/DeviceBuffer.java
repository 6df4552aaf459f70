package io.github.bn4j.cuda;

import static jcuda.driver.CUresult.CUDA_SUCCESS;

import io.github.bn4j.op.DataType;
import io.github.bn4j.op.DeviceTensor;
import java.nio.ByteBuffer;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;

/** A run of elements in device memory: our own, or a user's, which stays the user's. */
public final class DeviceBuffer extends NativeResource implements DeviceTensor {
  private final DataType dataType;
  private final long elements;
  private final DevicePointer pointer;

  /**
   * Device memory and how it is given back.
   *
   * @param free null for a user's memory
   */
  record Allocation(DevicePointer pointer, @Nullable Free free) {}

  DeviceBuffer(CudaContext context, DataType dataType, long elements, Allocation allocation) {
    super(
        context,
        Driver.size(elements * dataType.bytes()) + " of device " + context.device().ordinal(),
        allocation.free);
    this.dataType = dataType;
    this.elements = elements;
    this.pointer = allocation.pointer;
  }

  /**
   * New memory, not cleared.
   *
   * @param elements 0 or more
   * @throws DeviceException if there is not enough, saying how much was asked and is free
   */
  public static DeviceBuffer allocate(CudaContext context, DataType dataType, long elements) {
    DevicePointer pointer = allocate(context, bytes(dataType, elements));
    return new DeviceBuffer(
        context, dataType, elements, new Allocation(pointer, () -> JCudaDriver.cuMemFree(pointer)));
  }

  /** The driver refuses 0 bytes, which an empty batch asks for. */
  static DevicePointer allocate(CudaContext context, long bytes) {
    DevicePointer pointer = new DevicePointer();
    context.enter();
    try {
      int status = JCudaDriver.cuMemAlloc(pointer, Math.max(1, bytes));
      if (status != CUDA_SUCCESS) {
        throw Driver.allocationFailure("cuMemAlloc", status, bytes);
      }
    } finally {
      context.exit();
    }
    return pointer;
  }

  /**
   * Wraps memory of the user's, who keeps it until the work that uses it is done. Closing the
   * wrapper frees nothing.
   *
   * @param context the context that the memory belongs to
   * @throws IllegalArgumentException for a null pointer to more than 0 elements
   */
  public static DeviceBuffer wrap(
      CudaContext context, CUdeviceptr pointer, DataType dataType, long elements) {
    return wrap(context, new DevicePointer(pointer).address(), dataType, elements);
  }

  /**
   * Wraps memory of the user's, given by its address, who keeps it until the work that uses it is
   * done. Closing the wrapper frees nothing.
   *
   * @throws IllegalArgumentException for a null pointer to more than 0 elements, or an address that
   *     is not a multiple of the element's size
   */
  public static DeviceBuffer wrap(
      CudaContext context, long address, DataType dataType, long elements) {
    long bytes = bytes(dataType, elements);
    if (address == 0 && bytes > 0) {
      throw new IllegalArgumentException(
          "pointer: expected device memory of "
              + Driver.size(bytes)
              + ", got a null pointer; allocate it before wrapping it");
    }
    if (address % dataType.bytes() != 0) {
      throw new IllegalArgumentException(
          "pointer: expected an address that is a multiple of %d (%s), got 0x%x"
              .formatted(dataType.bytes(), dataType.label(), address));
    }
    return new DeviceBuffer(
        context, dataType, elements, new Allocation(new DevicePointer(address), null));
  }

  private static long bytes(DataType dataType, long elements) {
    if (elements < 0) {
      throw new IllegalArgumentException("elements: expected a number >= 0, got " + elements);
    }
    return Math.multiplyExact(elements, dataType.bytes());
  }

  @Override
  public DataType dataType() {
    return dataType;
  }

  @Override
  public long elements() {
    return elements;
  }

  @Override
  public int device() {
    return context().device().ordinal();
  }

  @Override
  public long address() {
    return pointer.address();
  }

  /** The pointer, for calls of one's own. */
  public CUdeviceptr pointer() {
    return pointer;
  }

  /** Queues filling with zeros. */
  public void zeroAsync(CudaStream stream) {
    queue(
        "zero",
        bytes(),
        0,
        at -> JCudaDriver.cuMemsetD8Async(at, (byte) 0, bytes(), stream.stream()));
  }

  /**
   * Queues a copy from the host.
   *
   * @param offset in this buffer, in bytes
   * @param source direct, from position to limit; must not be changed before the copy is done
   */
  public void writeAsync(long offset, ByteBuffer source, CudaStream stream) {
    Pointer from = direct("source", source);
    int count = source.remaining();
    queue(
        "write",
        count,
        offset,
        at -> JCudaDriver.cuMemcpyHtoDAsync(at, from, count, stream.stream()));
  }

  /**
   * Queues a copy to the host.
   *
   * @param offset in this buffer, in bytes
   * @param target direct, from position to limit; holds the data once the stream has got there
   */
  public void readAsync(long offset, ByteBuffer target, CudaStream stream) {
    Pointer to = direct("target", target);
    int count = target.remaining();
    queue(
        "read", count, offset, at -> JCudaDriver.cuMemcpyDtoHAsync(to, at, count, stream.stream()));
  }

  /** Queues a copy of another buffer of the same size. */
  public void copyAsync(DeviceBuffer source, CudaStream stream) {
    source.checkOpen("source");
    if (source.bytes() != bytes()) {
      throw new IllegalArgumentException(
          "source: expected " + bytes() + " bytes, got " + source.bytes());
    }
    queue(
        "copy",
        bytes(),
        0,
        at -> JCudaDriver.cuMemcpyDtoDAsync(at, source.pointer, bytes(), stream.stream()));
  }

  @FunctionalInterface
  private interface Call {
    int call(CUdeviceptr at);
  }

  private void queue(String what, long bytes, long offset, Call call) {
    checkOpen("buffer");
    if (offset < 0 || bytes > bytes() - offset) {
      throw new IllegalArgumentException(
          what
              + ": expected at most "
              + bytes()
              + " bytes in all, got "
              + bytes
              + " from byte "
              + offset);
    }
    if (bytes == 0) {
      return;
    }
    context().enter();
    try {
      Driver.check(
          "cuMemcpyAsync",
          call.call(offset == 0 ? pointer : pointer.withByteOffset(offset)),
          "while queueing a " + what + " of " + what());
    } finally {
      context().exit();
    }
  }

  /** Copies into Java arrays would stay zero under -Xcheck:jni, and would not be asynchronous. */
  private static Pointer direct(String name, ByteBuffer buffer) {
    if (!buffer.isDirect()) {
      throw new IllegalArgumentException(
          name + ": expected a direct buffer, got one over an array; use a PinnedBuffer");
    }
    return Pointer.toBuffer(buffer);
  }
}
