package io.github.bn4j.cuda;

import static jcuda.driver.CUresult.CUDA_ERROR_OUT_OF_MEMORY;
import static jcuda.driver.CUresult.CUDA_SUCCESS;

import io.github.bn4j.op.DataType;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import jcuda.driver.JCudaDriver;

/**
 * Freed buffers of one stream, kept to be used again. Since all their uses are queued on that
 * stream, the next use comes after the last without anybody waiting; {@code cuMemFree} would wait
 * for the whole device.
 */
final class BufferCache {
  /** Sizes are rounded up to this: what the driver aligns to anyway. */
  private static final long GRANULE = 512;

  /** Most bytes kept unused. Enough for the small tensors that come and go with every plan. */
  private static final long MOST_KEPT = 64L << 20;

  private final CudaContext context;
  private final Map<Long, ArrayDeque<DevicePointer>> free = new HashMap<>();
  private long kept;
  private boolean closed;

  BufferCache(CudaContext context) {
    this.context = context;
  }

  /** A buffer, new or used; not cleared. */
  synchronized DeviceBuffer take(DataType dataType, long elements) {
    long bytes = roundUp(Math.multiplyExact(elements, dataType.bytes()));
    ArrayDeque<DevicePointer> used = free.get(bytes);
    DevicePointer pointer = used == null ? null : used.poll();
    if (pointer == null) {
      pointer = allocate(bytes);
    } else {
      kept -= bytes;
    }
    DevicePointer taken = pointer;
    NativeResource.GiveBack giveBack = () -> giveBack(taken, bytes);
    return new DeviceBuffer(
        context, dataType, elements, new DeviceBuffer.Allocation(taken, giveBack));
  }

  private static long roundUp(long bytes) {
    return Math.addExact(Math.max(1, bytes), GRANULE - 1) / GRANULE * GRANULE;
  }

  private DevicePointer allocate(long bytes) {
    try {
      return DeviceBuffer.allocate(context, bytes);
    } catch (DeviceException e) {
      if (e.code() != CUDA_ERROR_OUT_OF_MEMORY || kept == 0) {
        throw e;
      }
      context.enter();
      try {
        freeAll();
      } finally {
        context.exit();
      }
      return DeviceBuffer.allocate(context, bytes);
    }
  }

  /** Called with the context current; returns a status of the driver. */
  private synchronized int giveBack(DevicePointer pointer, long bytes) {
    if (closed || kept + bytes > MOST_KEPT) {
      return JCudaDriver.cuMemFree(pointer);
    }
    kept += bytes;
    free.computeIfAbsent(bytes, size -> new ArrayDeque<>()).add(pointer);
    return CUDA_SUCCESS;
  }

  private int freeAll() {
    int status = CUDA_SUCCESS;
    for (ArrayDeque<DevicePointer> pointers : free.values()) {
      for (DevicePointer pointer : pointers) {
        int one = JCudaDriver.cuMemFree(pointer);
        status = status == CUDA_SUCCESS ? one : status;
      }
    }
    free.clear();
    kept = 0;
    return status;
  }

  synchronized void close() {
    closed = true;
    int status = context.push();
    if (status == CUDA_SUCCESS) {
      try {
        status = freeAll();
      } finally {
        context.exit();
      }
    }
    if (status != CUDA_SUCCESS && !Driver.contextIsGone(status)) {
      throw Driver.failure("cuMemFree", status, "while closing the cache of buffers");
    }
  }
}
