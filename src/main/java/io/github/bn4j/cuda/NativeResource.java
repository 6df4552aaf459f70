package io.github.bn4j.cuda;

import static jcuda.driver.CUresult.CUDA_SUCCESS;

import java.lang.ref.Cleaner;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Something of the driver's that has to be given back: closed by its owner, twice without harm, or
 * else freed when it is collected, with a warning that says where it was made.
 */
public abstract class NativeResource implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NativeResource.class);
  private static final Cleaner CLEANER = Cleaner.create();
  private static final Set<Release> OPEN = ConcurrentHashMap.newKeySet();
  private static final AtomicLong LEAKED = new AtomicLong();

  /** Frames kept of the place of allocation: the caller, and who called it. */
  private static final int SITE_FRAMES = 3;

  private static final StackWalker WALKER =
      StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

  private final Release release;
  private final Cleaner.@Nullable Cleanable cleanable;

  /**
   * Registers what is to be given back.
   *
   * @param what for reports: "1.0 MiB of device 0"
   * @param free returns a status of the driver; runs once, with the context current, and must not
   *     refer to this object. Null for what belongs to somebody else
   */
  NativeResource(CudaContext context, String what, @Nullable Free free) {
    if (free == null) {
      release = new Release(context, what, "", () -> CUDA_SUCCESS);
      cleanable = null;
    } else {
      release = new Release(context, what, site(), free);
      OPEN.add(release);
      cleanable = CLEANER.register(this, release);
    }
  }

  /** Gives something back; returns a status of the driver. */
  @FunctionalInterface
  interface Free {
    int free();

    /** False for what somebody else closes in the end, so that dropping it is no mistake. */
    default boolean isLeakWhenCollected() {
      return true;
    }
  }

  /** Gives something back to a pool that is closed itself. */
  @FunctionalInterface
  interface GiveBack extends Free {
    @Override
    default boolean isLeakWhenCollected() {
      return false;
    }
  }

  /** The context that this was made in. */
  public final CudaContext context() {
    return release.context;
  }

  /** True once closed. */
  public final boolean isClosed() {
    return release.done.get();
  }

  /** False for what belongs to somebody else. */
  final boolean isOwned() {
    return cleanable != null;
  }

  /** What this is, for messages: "1.0 MiB of device 0". */
  final String what() {
    return release.what;
  }

  /**
   * Checks that this is still open.
   *
   * @param name of the parameter, for the message
   * @throws IllegalStateException if it is closed
   */
  final void checkOpen(String name) {
    if (isClosed()) {
      throw new IllegalStateException(
          name + ": expected an open resource, got closed " + release.what);
    }
  }

  /**
   * Gives everything back. Work that is still queued is waited for where the driver asks for it.
   *
   * @throws DeviceException if the driver reports a failure; a context that is gone is none
   */
  @Override
  public void close() {
    if (release.done.compareAndSet(false, true) && cleanable != null) {
      cleanable.clean();
      int status = release.free();
      if (status != CUDA_SUCCESS && !Driver.contextIsGone(status)) {
        throw Driver.failure("close", status, "while freeing " + release.what);
      }
    }
  }

  /** What is open now, one line each with where it was made. For leak hunts and tests. */
  public static List<String> open() {
    return OPEN.stream().map(Release::toString).sorted().toList();
  }

  /** Resources found leaked so far: collected without having been closed. */
  public static long leaked() {
    return LEAKED.get();
  }

  private static String site() {
    return WALKER.walk(
        frames ->
            frames
                .filter(frame -> !isOurs(frame.getDeclaringClass()))
                .limit(SITE_FRAMES)
                .map(StackWalker.StackFrame::toString)
                .collect(Collectors.joining(" < ")));
  }

  private static boolean isOurs(Class<?> type) {
    return NativeResource.class.isAssignableFrom(type) || CudaMemory.class.isAssignableFrom(type);
  }

  /** The state that outlives the object. */
  private static final class Release implements Runnable {
    private final CudaContext context;
    private final String what;
    private final String site;
    private final Free free;
    private final AtomicBoolean done = new AtomicBoolean();

    Release(CudaContext context, String what, String site, Free free) {
      this.context = context;
      this.what = what;
      this.site = site;
      this.free = free;
    }

    /** Called by {@link #close}, when there is nothing left to do, or after collection. */
    @Override
    public void run() {
      if (!done.compareAndSet(false, true)) {
        return;
      }
      if (free.isLeakWhenCollected()) {
        LEAKED.incrementAndGet();
        LOG.warn("leaked: {}; close it. Freed now", this);
      }
      // Another thread may be capturing a graph, which forbids this thread's frees otherwise.
      JCudaDriver.cuThreadExchangeStreamCaptureMode(
          new int[] {CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_RELAXED});
      int status = free();
      if (status != CUDA_SUCCESS) {
        LOG.warn(Driver.failure("free", status, "while freeing leaked " + what).getMessage());
      }
    }

    int free() {
      OPEN.remove(this);
      int status = context.push();
      if (status != CUDA_SUCCESS) {
        return status;
      }
      try {
        return free.free();
      } finally {
        context.exit();
      }
    }

    @Override
    public String toString() {
      return what + ", made at " + site;
    }
  }
}
