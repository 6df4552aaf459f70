package io.github.bn4j.bench;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.cuda.CudaStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Whether there is memory for a case, so that one too large is left out instead of failing. */
final class Room {
  /** Share of the memory that tensors may take; the rest is for what else a run needs. */
  private static final double SHARE = 0.85;

  private final long limitBytes;
  private final PlanOptions options;

  /**
   * @param limitBytes most bytes of activation tensors; 0 for what the place has
   */
  Room(long limitBytes, PlanOptions options) {
    this.limitBytes = limitBytes;
    this.options = options;
  }

  /** Why there is none for so many bytes where this backend works; null if there is. */
  @Nullable String lacking(Backend backend, long bytes) {
    if (limitBytes > 0) {
      return bytes <= limitBytes
          ? null
          : "expected tensors of at most %s (--limit-bytes), got %s"
              .formatted(size(limitBytes), size(bytes));
    }
    long there = backend.onDevice() ? onDevice() : Runtime.getRuntime().maxMemory();
    if (bytes <= SHARE * there) {
      return null;
    }
    String remedy = backend.onDevice() ? "" : "; give the JVM more memory (BN4J_JAVA_OPTS=-Xmx...)";
    return "expected tensors that fit into %s of memory, got %s%s"
        .formatted(size(there), size(bytes), remedy);
  }

  private long onDevice() {
    return CudaStream.of(options).context().freeMemory();
  }

  static String size(long bytes) {
    return String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
  }
}
