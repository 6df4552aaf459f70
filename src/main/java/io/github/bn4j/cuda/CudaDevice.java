package io.github.bn4j.cuda;

import static jcuda.driver.CUdevice_attribute.*;

import java.nio.charset.StandardCharsets;
import jcuda.driver.CUdevice;
import jcuda.driver.JCudaDriver;

/** A device and what it can do, asked once. */
public final class CudaDevice {
  private static final int NAME_BYTES = 256;

  private final int ordinal;
  private final CUdevice handle;
  private final String name;
  private final long memoryBytes;
  private final Limits limits;

  /**
   * What a launch has to keep to.
   *
   * @param computeCapability 10 * major + minor: 75, 90
   * @param multiprocessors number of SMs
   * @param sharedBytesPerBlock most dynamic shared memory of a block that asks for it
   * @param sharedBytesPerMultiprocessor shared memory of an SM
   * @param threadsPerMultiprocessor most resident threads of an SM
   * @param registersPerMultiprocessor 32-bit registers of an SM
   * @param l2Bytes size of the L2 cache
   * @param cooperative true if cooperative launches work
   * @param clusters true if clusters of blocks can be launched
   */
  public record Limits(
      int computeCapability,
      int multiprocessors,
      int sharedBytesPerBlock,
      int sharedBytesPerMultiprocessor,
      int threadsPerMultiprocessor,
      int registersPerMultiprocessor,
      int l2Bytes,
      boolean cooperative,
      boolean clusters) {}

  private CudaDevice(int ordinal, CUdevice handle, String name, long memoryBytes, Limits limits) {
    this.ordinal = ordinal;
    this.handle = handle;
    this.name = name;
    this.memoryBytes = memoryBytes;
    this.limits = limits;
  }

  /** Asks the driver; needs no context. */
  static CudaDevice ask(int ordinal) {
    CUdevice handle = new CUdevice();
    Driver.check("cuDeviceGet", JCudaDriver.cuDeviceGet(handle, ordinal), "device " + ordinal);
    byte[] name = new byte[NAME_BYTES];
    Driver.check("cuDeviceGetName", JCudaDriver.cuDeviceGetName(name, NAME_BYTES, handle));
    long[] bytes = new long[1];
    Driver.check("cuDeviceTotalMem", JCudaDriver.cuDeviceTotalMem(bytes, handle));
    Limits limits =
        new Limits(
            10 * attribute(handle, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
                + attribute(handle, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR),
            attribute(handle, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
            attribute(handle, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN),
            attribute(handle, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR),
            attribute(handle, CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR),
            attribute(handle, CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR),
            attribute(handle, CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE),
            attribute(handle, CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH) != 0,
            attribute(handle, CU_DEVICE_ATTRIBUTE_CLUSTER_LAUNCH) != 0);
    return new CudaDevice(ordinal, handle, text(name), bytes[0], limits);
  }

  private static int attribute(CUdevice device, int attribute) {
    int[] value = new int[1];
    Driver.check(
        "cuDeviceGetAttribute",
        JCudaDriver.cuDeviceGetAttribute(value, attribute, device),
        "attribute " + attribute);
    return value[0];
  }

  private static String text(byte[] terminated) {
    int length = 0;
    while (length < terminated.length && terminated[length] != 0) {
      length++;
    }
    return new String(terminated, 0, length, StandardCharsets.UTF_8);
  }

  /** Ordinal, as the driver counts; {@code CUDA_VISIBLE_DEVICES} changes it. */
  public int ordinal() {
    return ordinal;
  }

  /** The product's name. */
  public String name() {
    return name;
  }

  /** All of its memory. */
  public long memoryBytes() {
    return memoryBytes;
  }

  /** What a launch has to keep to. */
  public Limits limits() {
    return limits;
  }

  CUdevice handle() {
    return handle;
  }

  /** One line: {@code NVIDIA H200, sm_90, 132 SMs, 139.8 GiB}. */
  public String describe() {
    return name
        + ", sm_"
        + limits.computeCapability()
        + ", "
        + limits.multiprocessors()
        + " SMs, "
        + Driver.size(memoryBytes);
  }

  @Override
  public String toString() {
    return describe();
  }
}
