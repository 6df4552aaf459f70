package io.github.bn4j.cuda;

import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/** A point in a stream's work: to wait for, or to take times between. */
public final class CudaEvent extends NativeResource {
  private final CUevent handle;

  private CudaEvent(CudaContext context, CUevent handle) {
    super(
        context,
        "event of device " + context.device().ordinal(),
        () -> JCudaDriver.cuEventDestroy(handle));
    this.handle = handle;
  }

  /** An event that takes the time at which it is reached. */
  public static CudaEvent timed(CudaContext context) {
    return create(context, CUevent_flags.CU_EVENT_DEFAULT);
  }

  /** An event that only orders; cheaper than a timed one. */
  public static CudaEvent ordering(CudaContext context) {
    return create(context, CUevent_flags.CU_EVENT_DISABLE_TIMING);
  }

  private static CudaEvent create(CudaContext context, int flags) {
    CUevent handle = new CUevent();
    context.enter();
    try {
      Driver.check("cuEventCreate", JCudaDriver.cuEventCreate(handle, flags));
    } finally {
      context.exit();
    }
    return new CudaEvent(context, handle);
  }

  CUevent handle() {
    return handle;
  }

  /** Puts this event behind the work queued so far. */
  public void record(CudaStream stream) {
    context().enter();
    try {
      Driver.check("cuEventRecord", JCudaDriver.cuEventRecord(handle, stream.stream()));
    } finally {
      context().exit();
    }
  }

  /** Waits until the work before this event is done. */
  public void synchronize() {
    context().enter();
    try {
      Driver.check("cuEventSynchronize", JCudaDriver.cuEventSynchronize(handle));
    } finally {
      context().exit();
    }
  }

  /**
   * Milliseconds of device time from an earlier event to this one; both timed, recorded and
   * reached.
   */
  public double millisecondsSince(CudaEvent start) {
    float[] milliseconds = new float[1];
    context().enter();
    try {
      Driver.check(
          "cuEventElapsedTime", JCudaDriver.cuEventElapsedTime(milliseconds, start.handle, handle));
    } finally {
      context().exit();
    }
    return milliseconds[0];
  }
}
