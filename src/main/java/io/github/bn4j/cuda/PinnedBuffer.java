package io.github.bn4j.cuda;

import static jcuda.driver.CUresult.CUDA_SUCCESS;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.JCudaDriver;

/** Page-locked host memory: what copies to and from a device are fastest with. */
public final class PinnedBuffer extends NativeResource {
  private final ByteBuffer bytes;

  private PinnedBuffer(CudaContext context, Pointer pointer, int size) {
    super(
        context,
        Driver.size(size) + " of pinned host memory",
        () -> JCudaDriver.cuMemFreeHost(pointer));
    bytes = pointer.getByteBuffer(0, size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * New memory, not cleared.
   *
   * @param size in bytes, at least 1
   * @throws DeviceException if the host has not so much to lock
   */
  public static PinnedBuffer allocate(CudaContext context, int size) {
    if (size < 1) {
      throw new IllegalArgumentException("size: expected at least 1 byte, got " + size);
    }
    Pointer pointer = new Pointer();
    context.enter();
    try {
      int status = JCudaDriver.cuMemAllocHost(pointer, size);
      if (status != CUDA_SUCCESS) {
        throw Driver.failure(
            "cuMemAllocHost",
            status,
            "while allocating " + Driver.size(size) + " of pinned memory");
      }
    } finally {
      context.exit();
    }
    return new PinnedBuffer(context, pointer, size);
  }

  /**
   * The memory, little-endian. Must not be touched after {@link #close}, which unmaps it.
   *
   * @throws IllegalStateException if this is closed
   */
  public ByteBuffer bytes() {
    checkOpen("pinned");
    return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }
}
