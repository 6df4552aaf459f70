package io.github.bn4j.emulator;

import static io.github.bn4j.emulator.DriverCalls.*;
import static jcuda.driver.CUresult.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUpointer_attribute;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;

@EmulatedCuda(memoryMiB = 16)
final class MemoryCallsTest extends InContext {
  private static final int NON_BLOCKING = 1;

  @Test
  void cuMemAlloc_ofNothing_isRefused() {
    assertThat(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 0)).isEqualTo(CUDA_ERROR_INVALID_VALUE);
  }

  @Test
  void cuMemAlloc_moreThanThereIs_isRefused() {
    CUdeviceptr first = allocate(12 << 20);
    assertThat(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 5 << 20))
        .isEqualTo(CUDA_ERROR_OUT_OF_MEMORY);
    ok(JCudaDriver.cuMemFree(first));
    ok(JCudaDriver.cuMemFree(allocate(12 << 20)));
  }

  @Test
  void cuMemGetInfo_afterAllocating_countsIt() {
    long[] free = new long[1];
    long[] total = new long[1];
    ok(JCudaDriver.cuMemGetInfo(free, total));
    assertThat(total[0]).isEqualTo(16 << 20);
    long before = free[0];
    CUdeviceptr memory = allocate(1 << 20);
    ok(JCudaDriver.cuMemGetInfo(free, total));
    assertThat(free[0]).isLessThanOrEqualTo(before - (1 << 20));
    ok(JCudaDriver.cuMemFree(memory));
  }

  @Test
  void cuMemFree_twice_isRefused() {
    CUdeviceptr memory = allocate(64);
    ok(JCudaDriver.cuMemFree(memory));
    assertThat(JCudaDriver.cuMemFree(memory)).isEqualTo(CUDA_ERROR_INVALID_VALUE);
  }

  @Test
  void cuMemFree_ofNull_isFine() {
    ok(JCudaDriver.cuMemFree(new CUdeviceptr()));
  }

  @Test
  void cuMemFree_inside_isRefused() {
    CUdeviceptr memory = allocate(64);
    assertThat(JCudaDriver.cuMemFree(memory.withByteOffset(16)))
        .isEqualTo(CUDA_ERROR_INVALID_VALUE);
    ok(JCudaDriver.cuMemFree(memory));
  }

  @Test
  void cuMemGetAddressRange_inside_givesTheAllocation() {
    CUdeviceptr memory = allocate(1000);
    CUdeviceptr base = new CUdeviceptr();
    long[] size = new long[1];
    ok(JCudaDriver.cuMemGetAddressRange(base, size, memory.withByteOffset(999)));
    assertThat(base).isEqualTo(memory);
    assertThat(size[0]).isEqualTo(1000);
    ok(JCudaDriver.cuMemFree(memory));
    assertThat(JCudaDriver.cuMemGetAddressRange(base, size, memory))
        .isEqualTo(CUDA_ERROR_NOT_FOUND);
  }

  @Test
  void cuMemFreeAsync_isInTheOrderOfItsStream() {
    CUstream stream = stream(NON_BLOCKING);
    CUdeviceptr memory = new CUdeviceptr();
    ok(JCudaDriver.cuMemAllocAsync(memory, 4, stream));
    ok(JCudaDriver.cuMemsetD32Async(memory, 7, 1, stream));
    Pointer host = pinned(0);
    ok(JCudaDriver.cuMemcpyDtoHAsync(host, memory, 4, stream));
    ok(JCudaDriver.cuMemFreeAsync(memory, stream));
    assertThat(EmulatedDriver.allocations()).hasSize(1);
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(EmulatedDriver.allocations()).isEmpty();
    assertThat(ints(host, 1).getInt(0)).isEqualTo(7);
    ok(JCudaDriver.cuMemFreeHost(host));
  }

  @Test
  void queuedWork_onMemoryFreedMeanwhile_isAnError() {
    CUstream stream = stream(NON_BLOCKING);
    CUdeviceptr memory = new CUdeviceptr();
    ok(JCudaDriver.cuMemAllocAsync(memory, 4, stream));
    ok(JCudaDriver.cuMemFreeAsync(memory, stream));
    ok(JCudaDriver.cuMemsetD32Async(memory, 7, 1, stream));
    assertThat(JCudaDriver.cuStreamSynchronize(stream)).isEqualTo(CUDA_ERROR_ILLEGAL_ADDRESS);
    assertThat(EmulatedDriver.takeFindings())
        .singleElement()
        .asString()
        .contains("a queued fill ran after its memory was freed");
  }

  @Test
  void cuMemFreeHost_ofForeignMemory_isRefused() {
    Pointer host = pinned(1);
    ok(JCudaDriver.cuMemFreeHost(host));
    assertThat(JCudaDriver.cuMemFreeHost(host)).isEqualTo(CUDA_ERROR_INVALID_VALUE);
    ByteBuffer own = ByteBuffer.allocateDirect(8);
    assertThat(JCudaDriver.cuMemFreeHost(Pointer.to(own))).isEqualTo(CUDA_ERROR_INVALID_VALUE);
  }

  @Test
  void cuMemHostRegister_twice_isRefused() {
    Pointer own = Pointer.to(ByteBuffer.allocateDirect(64));
    ok(JCudaDriver.cuMemHostRegister(own, 64, 0));
    assertThat(JCudaDriver.cuMemHostRegister(own, 64, 0))
        .isEqualTo(CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED);
    ok(JCudaDriver.cuMemHostUnregister(own));
    assertThat(JCudaDriver.cuMemHostUnregister(own))
        .isEqualTo(CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED);
  }

  @Test
  void cuMemHostGetFlags_ofPinned_givesThem() {
    Pointer host = new Pointer();
    ok(JCudaDriver.cuMemHostAlloc(host, 16, JCudaDriver.CU_MEMHOSTALLOC_PORTABLE));
    int[] flags = new int[1];
    ok(JCudaDriver.cuMemHostGetFlags(flags, host));
    assertThat(flags[0]).isEqualTo(JCudaDriver.CU_MEMHOSTALLOC_PORTABLE);
    ok(JCudaDriver.cuMemFreeHost(host));
  }

  @Test
  void cuPointerGetAttribute_ofDeviceMemory_saysWhereItIs() {
    CUdeviceptr memory = allocate(16);
    int[] ordinal = {-1};
    ok(
        JCudaDriver.cuPointerGetAttribute(
            Pointer.to(ordinal),
            CUpointer_attribute.CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL,
            memory.withByteOffset(15)));
    assertThat(ordinal[0]).isZero();
    ok(JCudaDriver.cuMemFree(memory));
    assertThat(
            JCudaDriver.cuPointerGetAttribute(
                Pointer.to(ordinal),
                CUpointer_attribute.CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL,
                memory))
        .isEqualTo(CUDA_ERROR_INVALID_VALUE);
  }
}
