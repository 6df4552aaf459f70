package io.github.bn4j.emulator;

import static io.github.bn4j.emulator.DriverCalls.device;
import static io.github.bn4j.emulator.DriverCalls.ok;
import static jcuda.driver.CUresult.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUuuid;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@EmulatedCuda(
    computeCapability = {75, 90},
    memoryMiB = 64,
    multiprocessors = 6,
    driverVersion = 12060)
final class DeviceCallsTest {
  @BeforeEach
  void initialise() {
    ok(JCudaDriver.cuInit(0));
  }

  private static int attribute(int which, int ordinal) {
    int[] value = new int[1];
    ok(JCudaDriver.cuDeviceGetAttribute(value, which, device(ordinal)));
    return value[0];
  }

  @Test
  void cuInit_withFlags_isRefused() {
    assertThat(JCudaDriver.cuInit(1)).isEqualTo(CUDA_ERROR_INVALID_VALUE);
  }

  @Test
  void anyCall_beforeCuInit_isRefused() {
    EmulatedDriver.configure(12060, new int[] {75, 90}, new long[] {1, 1}, new int[] {6, 6});
    assertThat(JCudaDriver.cuDeviceGetCount(new int[1])).isEqualTo(CUDA_ERROR_NOT_INITIALIZED);
    EmulatedDriver.configure(
        12060, new int[] {75, 90}, new long[] {64 << 20, 64 << 20}, new int[] {6, 6});
  }

  @Test
  void cuInit_withoutDevices_saysSo() {
    EmulatedDriver.configure(12060, new int[0], new long[0], new int[0]);
    assertThat(JCudaDriver.cuInit(0)).isEqualTo(CUDA_ERROR_NO_DEVICE);
    EmulatedDriver.configure(
        12060, new int[] {75, 90}, new long[] {64 << 20, 64 << 20}, new int[] {6, 6});
  }

  @Test
  void cuDriverGetVersion_configured_isGiven() {
    int[] version = new int[1];
    ok(JCudaDriver.cuDriverGetVersion(version));
    assertThat(version[0]).isEqualTo(12060);
  }

  @Test
  void cuDeviceGetCount_twoDevices_countsThem() {
    int[] count = new int[1];
    ok(JCudaDriver.cuDeviceGetCount(count));
    assertThat(count[0]).isEqualTo(2);
  }

  @Test
  void cuDeviceGet_outOfRange_isRefused() {
    assertThat(JCudaDriver.cuDeviceGet(new CUdevice(), 2)).isEqualTo(CUDA_ERROR_INVALID_DEVICE);
    assertThat(JCudaDriver.cuDeviceGet(new CUdevice(), -1)).isEqualTo(CUDA_ERROR_INVALID_DEVICE);
  }

  @Test
  void cuDeviceGetName_eachDevice_namesItsCapability() {
    byte[] name = new byte[100];
    ok(JCudaDriver.cuDeviceGetName(name, name.length, device(1)));
    assertThat(new String(name, StandardCharsets.US_ASCII)).startsWith("Emulated device sm_90\0");
    byte[] brief = new byte[9];
    ok(JCudaDriver.cuDeviceGetName(brief, brief.length, device(0)));
    assertThat(new String(brief, StandardCharsets.US_ASCII)).isEqualTo("Emulated\0");
    assertThat(JCudaDriver.cuDeviceGetName(name, 0, device(0))).isEqualTo(CUDA_ERROR_INVALID_VALUE);
  }

  @Test
  void cuDeviceGetUuid_twoDevices_differ() {
    CUuuid first = new CUuuid();
    CUuuid second = new CUuuid();
    ok(JCudaDriver.cuDeviceGetUuid(first, device(0)));
    ok(JCudaDriver.cuDeviceGetUuid(second, device(1)));
    assertThat(first.toString()).isNotEqualTo(second.toString());
  }

  @Test
  void cuDeviceTotalMem_configured_isGiven() {
    long[] bytes = new long[1];
    ok(JCudaDriver.cuDeviceTotalMem(bytes, device(1)));
    assertThat(bytes[0]).isEqualTo(64L << 20);
  }

  @Test
  void cuDeviceGetAttribute_ofEachDevice_fitsItsCapability() {
    assertThat(attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, 0))
        .isEqualTo(7);
    assertThat(attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, 0))
        .isEqualTo(5);
    assertThat(attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, 1))
        .isEqualTo(6);
    assertThat(
            attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, 0))
        .isEqualTo(64 * 1024);
    assertThat(
            attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, 1))
        .isEqualTo(227 * 1024);
  }

  @Test
  void cuDeviceGetAttribute_unknown_isRefused() {
    assertThat(JCudaDriver.cuDeviceGetAttribute(new int[1], 0, device(0)))
        .isEqualTo(CUDA_ERROR_INVALID_VALUE);
    assertThat(JCudaDriver.cuDeviceGetAttribute(new int[1], 9999, device(0)))
        .isEqualTo(CUDA_ERROR_INVALID_VALUE);
  }

  @Test
  void cuDeviceGetByPCIBusId_ofOwnId_givesTheDevice() {
    String[] id = new String[1];
    ok(JCudaDriver.cuDeviceGetPCIBusId(id, 20, device(1)));
    CUdevice found = new CUdevice();
    ok(JCudaDriver.cuDeviceGetByPCIBusId(found, id[0]));
    assertThat(found).isEqualTo(device(1));
    assertThat(JCudaDriver.cuDeviceGetByPCIBusId(found, "nonsense"))
        .isEqualTo(CUDA_ERROR_INVALID_VALUE);
  }

  @Test
  void cuDeviceCanAccessPeer_ofAnother_isYes() {
    int[] can = new int[1];
    ok(JCudaDriver.cuDeviceCanAccessPeer(can, device(0), device(1)));
    assertThat(can[0]).isEqualTo(1);
    ok(JCudaDriver.cuDeviceCanAccessPeer(can, device(0), device(0)));
    assertThat(can[0]).isZero();
  }

  @Test
  void cuGetErrorName_ofKnownAndUnknown_isGivenOrRefused() {
    String[] text = new String[1];
    ok(JCudaDriver.cuGetErrorName(700, text));
    assertThat(text[0]).isEqualTo("CUDA_ERROR_ILLEGAL_ADDRESS");
    ok(JCudaDriver.cuGetErrorString(700, text));
    assertThat(text[0]).isEqualTo("an illegal memory access was encountered");
    assertThat(JCudaDriver.cuGetErrorName(12345, text)).isEqualTo(CUDA_ERROR_INVALID_VALUE);
  }

  @Test
  void unsupportedCall_isRefusedAsSuch() {
    assertThat(JCudaDriver.cuProfilerStart()).isEqualTo(CUDA_ERROR_NOT_SUPPORTED);
  }
}
