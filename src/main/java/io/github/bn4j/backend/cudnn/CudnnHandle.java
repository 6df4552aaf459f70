package io.github.bn4j.backend.cudnn;

import io.github.bn4j.cuda.CudaContext;
import io.github.bn4j.cuda.CudaStream;
import java.util.HashMap;
import java.util.Map;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnHandle;
import org.jspecify.annotations.Nullable;

/**
 * cuDNN's state for one context. Making one takes cuDNN a tenth of a second and device memory, so
 * plans share it: for good where the context is a device's primary one, until the last plan is
 * closed where the context is a user's, who may destroy it afterwards.
 *
 * <p>cuDNN allows one thread at a time: callers hold this object's monitor from {@link #use} to the
 * end of their call. Only to be touched where {@link CudnnBackend#available} says yes.
 */
public final class CudnnHandle {
  private static final Map<CudaContext, CudnnHandle> HANDLES = new HashMap<>();

  private final cudnnHandle handle = new cudnnHandle();
  private final CudaContext context;
  private @Nullable CudaStream stream;
  private int plans;

  private CudnnHandle(CudaContext context) {
    this.context = context;
  }

  /** The context's handle; every call must be followed by one of {@link #release}. */
  public static CudnnHandle acquire(CudaContext context) {
    synchronized (HANDLES) {
      CudnnHandle known = HANDLES.get(context);
      if (known == null) {
        known = new CudnnHandle(context);
        context.enter();
        try {
          CudnnStatus.check("cudnnCreate", JCudnn.cudnnCreate(known.handle));
        } finally {
          context.exit();
        }
        HANDLES.put(context, known);
      }
      known.plans++;
      return known;
    }
  }

  /** Ends the use by whoever acquired it. */
  public void release() {
    synchronized (HANDLES) {
      plans--;
      if (plans > 0 || context.isPrimary()) {
        return;
      }
      HANDLES.remove(context);
      context.enter();
      try {
        CudnnStatus.check("cudnnDestroy", JCudnn.cudnnDestroy(handle));
      } finally {
        context.exit();
      }
    }
  }

  /** The handle, set to a stream. Hold this object's monitor. */
  public cudnnHandle use(CudaStream wanted) {
    if (stream != wanted) {
      CudnnStatus.check("cudnnSetStream", JCudnn.cudnnSetStream(handle, wanted.runtimeStream()));
      stream = wanted;
    }
    return handle;
  }
}
