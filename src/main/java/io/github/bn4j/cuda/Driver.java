package io.github.bn4j.cuda;

import static jcuda.driver.CUresult.*;

import java.util.Locale;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** The one place where a status of the driver is looked at. */
final class Driver {
  private Driver() {}

  /**
   * Does nothing for CUDA_SUCCESS.
   *
   * @param call name of the driver's function
   * @throws DeviceException for any other status
   */
  static void check(String call, int status) {
    if (status != CUDA_SUCCESS) {
      throw failure(call, status, "");
    }
  }

  /**
   * Does nothing for CUDA_SUCCESS.
   *
   * @param detail what the call was for: "while loading ..."
   */
  static void check(String call, int status, String detail) {
    if (status != CUDA_SUCCESS) {
      throw failure(call, status, detail);
    }
  }

  static DeviceException failure(String call, int status, String detail) {
    StringBuilder message =
        new StringBuilder(call)
            .append(": expected CUDA_SUCCESS, got ")
            .append(CUresult.stringFor(status))
            .append(" (")
            .append(status)
            .append(')');
    if (!detail.isEmpty()) {
      message.append(' ').append(detail);
    }
    String remedy = remedy(status);
    if (!remedy.isEmpty()) {
      message.append("; ").append(remedy);
    }
    return new DeviceException(message.toString(), status);
  }

  /** The failure to allocate: how much was asked, how much is free. Asks the current context. */
  static DeviceException allocationFailure(String call, int status, long bytes) {
    String detail = "while allocating " + size(bytes);
    long[] free = new long[1];
    long[] total = new long[1];
    if (status == CUDA_ERROR_OUT_OF_MEMORY
        && JCudaDriver.cuMemGetInfo(free, total) == CUDA_SUCCESS) {
      detail += "; " + size(free[0]) + " of " + size(total[0]) + " free";
    }
    return failure(call, status, detail);
  }

  /** True for a status that says that the context, and all that was made in it, is gone. */
  static boolean contextIsGone(int status) {
    return status == CUDA_ERROR_CONTEXT_IS_DESTROYED
        || status == CUDA_ERROR_INVALID_CONTEXT
        || status == CUDA_ERROR_DEINITIALIZED;
  }

  /** A size for a person: {@code 1.5 GiB}, {@code 300 B}. */
  static String size(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    int unit = (63 - Long.numberOfLeadingZeros(bytes)) / 10;
    return String.format(
        Locale.ROOT, "%.1f %ciB", bytes / (double) (1L << (10 * unit)), " KMGTPE".charAt(unit));
  }

  private static String remedy(int status) {
    return switch (status) {
      case CUDA_ERROR_OUT_OF_MEMORY ->
          "close buffers and plans that are no longer used, or use a smaller batch";
      case CUDA_ERROR_INVALID_CONTEXT, CUDA_ERROR_CONTEXT_IS_DESTROYED ->
          "the context was destroyed by its owner; keep it until plans, buffers and streams made in"
              + " it are closed";
      case CUDA_ERROR_INVALID_HANDLE ->
          "a stream, event or function belongs to another context or was destroyed; make the plan"
              + " with the stream it is used on";
      case CUDA_ERROR_INVALID_DEVICE -> "list the devices with `bn4j info`";
      case CUDA_ERROR_NO_BINARY_FOR_GPU ->
          "the kernels need compute capability 7.5 or newer; use another device or backend";
      case CUDA_ERROR_UNSUPPORTED_PTX_VERSION ->
          "the driver is older than the PTX; update the NVIDIA driver";
      case CUDA_ERROR_INVALID_PTX -> "the PTX is damaged or made for a newer device";
      case CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE ->
          "the launch asks for more than the device has; report it with the spec and the device";
      case CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED,
          CUDA_ERROR_STREAM_CAPTURE_INVALIDATED,
          CUDA_ERROR_STREAM_CAPTURE_IMPLICIT ->
          "inside a capture only plans may run: allocate, copy to the host and synchronize before"
              + " or after it";
      case CUDA_ERROR_ILLEGAL_ADDRESS,
          CUDA_ERROR_MISALIGNED_ADDRESS,
          CUDA_ERROR_LAUNCH_FAILED,
          CUDA_ERROR_LAUNCH_TIMEOUT,
          CUDA_ERROR_ASSERT ->
          "an earlier kernel of this process failed, and its context cannot be used any more; run"
              + " it under compute-sanitizer to find which";
      case CUDA_ERROR_NOT_INITIALIZED -> "ask CudaProbe before anything else";
      default -> "";
    };
  }
}
