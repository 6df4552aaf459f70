package io.github.bn4j.cuda;

import io.github.bn4j.backend.Support;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;

/**
 * Whether this process can use CUDA, found out once and remembered with its reason.
 *
 * <p>Works on machines without a GPU, without a driver, and without JCuda natives for their OS:
 * everything that can go wrong while native code is loaded is caught here, and only here.
 */
public final class CudaProbe {
  /** PTX 8.0, the version of the shipped kernels, needs CUDA 12.0. */
  static final int LEAST_DRIVER = 12000;

  private static volatile @Nullable CudaProbe probe;

  private final Support support;
  private final int driverVersion;
  private final List<CudaDevice> devices;

  private CudaProbe(Support support, int driverVersion, List<CudaDevice> devices) {
    this.support = support;
    this.driverVersion = driverVersion;
    this.devices = devices;
  }

  /** The answer; the first call finds it. Never throws. */
  public static CudaProbe get() {
    CudaProbe known = probe;
    return known != null ? known : askOnce();
  }

  private static synchronized CudaProbe askOnce() {
    CudaProbe known = probe;
    if (known == null) {
      known = ask();
      probe = known;
    }
    return known;
  }

  /** Forgets the answer; for tests that change the emulated device under us. */
  static synchronized void forget() {
    probe = null;
    CudaContext.forgetPrimary();
  }

  /** Yes, or why CUDA cannot be used and what to do about it. */
  public Support support() {
    return support;
  }

  /** All devices; empty unless {@link #support} is yes. */
  public List<CudaDevice> devices() {
    return devices;
  }

  /** The CUDA version of the driver, 1000 * major + 10 * minor; 0 if it could not be asked. */
  public int driverVersion() {
    return driverVersion;
  }

  /** The CUDA version of the driver, "12.4"; null if it could not be asked. */
  public @Nullable String driverCuda() {
    return driverVersion == 0 ? null : versionText(driverVersion);
  }

  /**
   * A device.
   *
   * @throws IllegalStateException if CUDA cannot be used, with the reason
   * @throws IllegalArgumentException if there is no device of this ordinal
   */
  public CudaDevice device(int ordinal) {
    if (!support.isYes()) {
      throw new IllegalStateException(support.reason());
    }
    if (ordinal < 0 || ordinal >= devices.size()) {
      throw new IllegalArgumentException(
          "device: expected an ordinal from 0 to "
              + (devices.size() - 1)
              + ", got "
              + ordinal
              + "; see `bn4j info` and CUDA_VISIBLE_DEVICES");
    }
    return devices.get(ordinal);
  }

  private static CudaProbe ask() {
    try {
      return askDriver();
    } catch (LinkageError | RuntimeException e) {
      return no(LoadFailure.explain(allTextOf(e)), 0);
    }
  }

  private static CudaProbe askDriver() {
    int status = JCudaDriver.cuInit(0);
    int[] version = new int[1];
    int versionStatus = JCudaDriver.cuDriverGetVersion(version);
    if (versionStatus == CUresult.CUDA_SUCCESS && version[0] < LEAST_DRIVER) {
      return no(
          "the NVIDIA driver supports CUDA "
              + versionText(version[0])
              + ", the kernels need 12.0 or newer; update the driver to release 525 or newer",
          version[0]);
    }
    if (status != CUresult.CUDA_SUCCESS) {
      return no(initFailure(status), version[0]);
    }
    int[] count = new int[1];
    Driver.check("cuDeviceGetCount", JCudaDriver.cuDeviceGetCount(count));
    if (count[0] == 0) {
      return no(initFailure(CUresult.CUDA_ERROR_NO_DEVICE), version[0]);
    }
    List<CudaDevice> devices = new ArrayList<>();
    for (int ordinal = 0; ordinal < count[0]; ordinal++) {
      devices.add(CudaDevice.ask(ordinal));
    }
    return new CudaProbe(Support.yes(), version[0], List.copyOf(devices));
  }

  /** 12040 to 12.4. */
  static String versionText(int version) {
    return version / 1000 + "." + version % 1000 / 10;
  }

  private static String initFailure(int status) {
    String name = "cuInit gave " + CUresult.stringFor(status) + " (" + status + ")";
    return switch (status) {
      case CUresult.CUDA_ERROR_NO_DEVICE ->
          "the NVIDIA driver is installed but shows no device ("
              + name
              + "); check nvidia-smi, CUDA_VISIBLE_DEVICES, and --gpus all in a container";
      case CUresult.CUDA_ERROR_SYSTEM_DRIVER_MISMATCH ->
          "the NVIDIA driver's library and kernel module differ (" + name + "); reboot";
      case CUresult.CUDA_ERROR_STUB_LIBRARY ->
          "the libcuda found is the toolkit's stub, not the driver's ("
              + name
              + "); take .../lib64/stubs off LD_LIBRARY_PATH";
      default -> name + "; check nvidia-smi and the system log";
    };
  }

  private static CudaProbe no(String reason, int driverVersion) {
    return new CudaProbe(Support.no("cuda: " + reason), driverVersion, List.of());
  }

  private static String allTextOf(Throwable failure) {
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text, true));
    return text.toString();
  }
}
