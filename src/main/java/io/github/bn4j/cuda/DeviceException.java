package io.github.bn4j.cuda;

import jcuda.driver.CUresult;

/**
 * A call of the driver, or of a library above it, that failed. The message names the call, the
 * status, and what to do where that is known.
 */
public final class DeviceException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int code;

  /**
   * A failed call.
   *
   * @param code the status that the call returned
   */
  public DeviceException(String message, int code) {
    super(message);
    this.code = code;
  }

  /** True if the driver had not enough memory. */
  public boolean isOutOfMemory() {
    return code == CUresult.CUDA_ERROR_OUT_OF_MEMORY;
  }

  /** The status that the call returned: a {@code CUresult}, or a library's own. */
  public int code() {
    return code;
  }
}
