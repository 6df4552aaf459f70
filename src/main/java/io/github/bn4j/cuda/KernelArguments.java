package io.github.bn4j.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;

/**
 * The one by-value struct that a kernel takes, in a direct buffer that is rewritten in place. The
 * driver copies it at launch, so the next launch may rewrite it at once. Not thread-safe.
 */
public final class KernelArguments {
  private final ByteBuffer struct;
  private final Pointer parameters;

  /**
   * Zeroed arguments.
   *
   * @param bytes size of the struct
   */
  public KernelArguments(int bytes) {
    struct = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    parameters = Pointer.to(Pointer.toBuffer(struct));
  }

  /** The struct's bytes, in the device's order (little-endian). */
  public ByteBuffer struct() {
    return struct;
  }

  Pointer parameters() {
    return parameters;
  }
}
