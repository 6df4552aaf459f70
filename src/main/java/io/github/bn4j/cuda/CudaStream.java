package io.github.bn4j.cuda;

import static jcuda.driver.CUresult.CUDA_ERROR_NOT_READY;
import static jcuda.driver.CUresult.CUDA_SUCCESS;

import io.github.bn4j.backend.DeviceStream;
import io.github.bn4j.backend.PlanOptions;
import java.lang.reflect.Constructor;
import jcuda.driver.CUcontext;
import jcuda.driver.CUevent;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import jcuda.runtime.cudaStream_t;
import org.jspecify.annotations.Nullable;

/**
 * A queue of work of one context: our own, or wrapped around one of the user's, which stays the
 * user's.
 */
public final class CudaStream extends NativeResource implements DeviceStream {
  private final CUstream handle;
  private final cudaStream_t runtimeHandle;

  private CudaStream(CudaContext context, CUstream handle, String what, @Nullable Free free) {
    super(context, what, free);
    this.handle = handle;
    this.runtimeHandle = new cudaStream_t(handle);
  }

  /** A new stream that does not wait for the default stream. */
  public static CudaStream create(CudaContext context) {
    CUstream handle = createHandle(context, CUstream_flags.CU_STREAM_NON_BLOCKING);
    String what = "stream of device " + context.device().ordinal();
    return new CudaStream(context, handle, what, () -> JCudaDriver.cuStreamDestroy(handle));
  }

  /**
   * A new stream that waits for the default stream's work, and the other way round. It is shared:
   * wrapped as if it were a user's, so that nobody closes it.
   */
  static CudaStream createOrderedWithDefault(CudaContext context) {
    return wrap(createHandle(context, CUstream_flags.CU_STREAM_DEFAULT), context);
  }

  private static CUstream createHandle(CudaContext context, int flags) {
    CUstream handle = new CUstream();
    context.enter();
    try {
      Driver.check("cuStreamCreate", JCudaDriver.cuStreamCreate(handle, flags));
    } finally {
      context.exit();
    }
    return handle;
  }

  /**
   * Wraps a stream of the user's. Closing the wrapper does nothing: it stays usable as long as the
   * stream exists.
   *
   * @param stream an empty {@code CUstream} is the context's default stream
   * @param context the context that the stream was made in
   */
  public static CudaStream wrap(CUstream stream, CudaContext context) {
    String what = "wrapped stream of device " + context.device().ordinal();
    return new CudaStream(context, stream, what, null);
  }

  @Override
  public void close() {
    if (isOwned()) {
      super.close();
    }
  }

  /**
   * The stream that options ask for: the caller's, wrapped if it has to be, or the own stream of
   * the device's primary context.
   *
   * @throws IllegalStateException if CUDA is not available here, with the reason
   * @throws IllegalArgumentException if there is no such device, or the stream is closed
   */
  public static CudaStream of(PlanOptions options) {
    DeviceStream stream = options.stream();
    if (stream == null) {
      return CudaContext.primary(options.device()).ownStream();
    }
    if (!(stream instanceof CudaStream ours)) {
      return wrapHandle(stream);
    }
    ours.checkOpen("stream");
    return ours;
  }

  private static CudaStream wrapHandle(DeviceStream stream) {
    CudaContext primary = CudaContext.primary(stream.device());
    if (stream.handle() == 0) {
      return wrap(new CUstream(), primary);
    }
    CUstream handle = ofNumber(stream.handle());
    CUcontext context = new CUcontext();
    primary.enter();
    try {
      Driver.check(
          "cuStreamGetCtx",
          JCudaDriver.cuStreamGetCtx(handle, context),
          "for a stream of handle 0x" + Long.toHexString(stream.handle()));
    } finally {
      primary.exit();
    }
    boolean isPrimary = context.equals(primary.handle());
    return wrap(handle, isPrimary ? primary : CudaContext.wrap(context));
  }

  /** JCuda has a constructor for this, but keeps it to itself. */
  private static CUstream ofNumber(long handle) {
    try {
      Constructor<CUstream> constructor = CUstream.class.getDeclaredConstructor(long.class);
      constructor.setAccessible(true);
      return constructor.newInstance(handle);
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw new IllegalArgumentException(
          "stream: expected a CudaStream (see CudaStream.wrap), since this JCuda does not let one"
              + " be made from a number, got "
              + handle,
          e);
    }
  }

  @Override
  public int device() {
    return context().device().ordinal();
  }

  @Override
  public long handle() {
    return DevicePointer.handleOf(handle);
  }

  /** The driver's handle, for calls of one's own. */
  public CUstream stream() {
    return handle;
  }

  /** The same stream for libraries that speak the CUDA runtime's language. */
  public cudaStream_t runtimeStream() {
    return runtimeHandle;
  }

  /** Waits until all work queued so far is done. */
  public void synchronize() {
    context().enter();
    try {
      Driver.check("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(handle));
    } finally {
      context().exit();
    }
  }

  /** True if all work queued so far is done; does not wait. */
  public boolean isIdle() {
    context().enter();
    try {
      int status = JCudaDriver.cuStreamQuery(handle);
      if (status != CUDA_ERROR_NOT_READY) {
        Driver.check("cuStreamQuery", status);
      }
      return status == CUDA_SUCCESS;
    } finally {
      context().exit();
    }
  }

  /** Lets work queued from now on wait for an event, without waiting here. */
  public void waitFor(CudaEvent event) {
    waitFor(event.handle());
  }

  /** Lets work queued from now on wait for an event of the user's, without waiting here. */
  public void waitFor(CUevent event) {
    context().enter();
    try {
      Driver.check("cuStreamWaitEvent", JCudaDriver.cuStreamWaitEvent(handle, event, 0));
    } finally {
      context().exit();
    }
  }
}
