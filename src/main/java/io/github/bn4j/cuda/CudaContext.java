package io.github.bn4j.cuda;

import static jcuda.driver.CUresult.CUDA_SUCCESS;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;

/**
 * A context of a device: where memory, modules and streams live.
 *
 * <p>The primary context is shared with every library of the process that uses the CUDA runtime. It
 * is retained once per device for the life of the process, as the runtime does, so that nothing
 * made in it can outlive it. A context of the user's stays the user's.
 */
public final class CudaContext {
  private static final ConcurrentMap<Integer, CudaContext> PRIMARY = new ConcurrentHashMap<>();

  /** Where popped contexts go; never read. */
  private static final CUcontext DISCARDED = new CUcontext();

  private final CUcontext handle;
  private final CudaDevice device;
  private final boolean owned;
  private @Nullable CudaStream ownStream;

  private CudaContext(CUcontext handle, CudaDevice device, boolean owned) {
    this.handle = handle;
    this.device = device;
    this.owned = owned;
  }

  /**
   * The primary context of a device.
   *
   * @throws IllegalStateException if CUDA is not available here, with the reason
   * @throws IllegalArgumentException if there is no such device
   */
  public static CudaContext primary(int ordinal) {
    CudaContext known = PRIMARY.get(ordinal);
    return known != null ? known : PRIMARY.computeIfAbsent(ordinal, CudaContext::retain);
  }

  private static CudaContext retain(int ordinal) {
    CudaDevice device = CudaProbe.get().device(ordinal);
    CUcontext handle = new CUcontext();
    Driver.check(
        "cuDevicePrimaryCtxRetain",
        JCudaDriver.cuDevicePrimaryCtxRetain(handle, device.handle()),
        "on device " + ordinal + " (" + device.name() + ")");
    return new CudaContext(handle, device, true);
  }

  /**
   * Wraps a context of the user's, who keeps it until everything that was made in it is closed.
   *
   * @throws IllegalArgumentException if it is null or no longer exists
   */
  public static CudaContext wrap(CUcontext context) {
    if (DevicePointer.handleOf(context) == 0) {
      throw new IllegalArgumentException(
          "context: expected a CUcontext made by the driver, got an empty one; create it first");
    }
    CUdevice device = new CUdevice();
    Driver.check(
        "cuCtxPushCurrent", JCudaDriver.cuCtxPushCurrent(context), "while wrapping a context");
    try {
      Driver.check("cuCtxGetDevice", JCudaDriver.cuCtxGetDevice(device));
    } finally {
      JCudaDriver.cuCtxPopCurrent(DISCARDED);
    }
    // The driver's device handle is the ordinal.
    int ordinal = (int) DevicePointer.handleOf(device);
    return new CudaContext(context, CudaProbe.get().device(ordinal), false);
  }

  /** Forgets retained contexts; for tests that change the emulated device under us. */
  static void forgetPrimary() {
    PRIMARY.clear();
  }

  /** The device of this context. */
  public CudaDevice device() {
    return device;
  }

  /** The driver's handle, for calls of one's own. */
  public CUcontext handle() {
    return handle;
  }

  /** True for the primary context, false for a user's. */
  public boolean isPrimary() {
    return owned;
  }

  /**
   * Makes this context current for the calling thread, on top of the one it had. Every call must be
   * followed by {@link #exit} in a {@code finally}.
   *
   * @throws DeviceException if the context no longer exists
   */
  public void enter() {
    int status = push();
    if (status != CUDA_SUCCESS) { // the text is made only then: this is on the path of every call
      throw Driver.failure("cuCtxPushCurrent", status, "on device " + device.ordinal());
    }
  }

  /** Gives the calling thread back the context that it had before {@link #enter}. */
  public void exit() {
    Driver.check("cuCtxPopCurrent", JCudaDriver.cuCtxPopCurrent(DISCARDED));
  }

  int push() {
    return JCudaDriver.cuCtxPushCurrent(handle);
  }

  /**
   * The stream that bn4j uses on this context where the caller gives none. One per context, kept
   * for good. It is ordered with the default stream, so that a user's work on that is waited for.
   */
  public synchronized CudaStream ownStream() {
    if (ownStream == null) {
      ownStream = CudaStream.createOrderedWithDefault(this);
    }
    return ownStream;
  }

  /** Bytes of device memory that are free now. */
  public long freeMemory() {
    long[] free = new long[1];
    long[] total = new long[1];
    enter();
    try {
      Driver.check("cuMemGetInfo", JCudaDriver.cuMemGetInfo(free, total));
    } finally {
      exit();
    }
    return free[0];
  }
}
