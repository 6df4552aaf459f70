package io.github.bn4j.backend.ptx;

import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A kernel's two launches: 16 bytes per access where all tensors are aligned, one element per
 * access otherwise.
 *
 * @param wide null where the shape forbids it
 */
record Aligned(@Nullable Launch wide, Launch narrow) {
  /**
   * The launch for tensors at these addresses.
   *
   * @param addresses of all tensors of activations, or-ed
   */
  Launch at(long addresses) {
    return wide != null && addresses % LaunchTuning.ACCESS_BYTES == 0 ? wide : narrow;
  }

  /** The launch that aligned tensors get. */
  Launch usual() {
    return wide != null ? wide : narrow;
  }

  /** Prepares both; the second argument is true for the wide one. */
  void prepare(BiConsumer<Launch, Boolean> settings) {
    if (wide != null) {
      settings.accept(wide, true);
    }
    settings.accept(narrow, false);
  }
}
