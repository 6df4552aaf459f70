package io.github.bn4j.backend.cudnn;

import io.github.bn4j.cuda.DeviceException;
import jcuda.jcudnn.JCudnn;

/** The one place where a status of cuDNN is looked at; JCudnn's own exceptions are off. */
public final class CudnnStatus {
  private CudnnStatus() {}

  /**
   * Does nothing for success.
   *
   * @throws DeviceException for any other status, with cuDNN's own words for it: JCudnn's names are
   *     those of cuDNN 8, whose numbers have changed
   */
  public static void check(String call, int status) {
    if (status != 0) {
      throw new DeviceException(
          call
              + ": expected CUDNN_STATUS_SUCCESS, got "
              + JCudnn.cudnnGetErrorString(status)
              + " ("
              + status
              + "); try --backend ptx, and report the spec and the version of cuDNN",
          status);
    }
  }
}
