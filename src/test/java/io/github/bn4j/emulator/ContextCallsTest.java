package io.github.bn4j.emulator;

import static io.github.bn4j.emulator.DriverCalls.*;
import static jcuda.driver.CUresult.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@EmulatedCuda(computeCapability = {80, 80})
final class ContextCallsTest {
  private CUcontext context = new CUcontext();

  @BeforeEach
  void create() {
    context = context(0);
  }

  @AfterEach
  void destroy() {
    JCudaDriver.cuCtxDestroy(context);
  }

  @Test
  void cuCtxCreate_makesItCurrent() {
    CUcontext current = new CUcontext();
    ok(JCudaDriver.cuCtxGetCurrent(current));
    assertThat(current).isEqualTo(context);
    CUdevice device = new CUdevice();
    ok(JCudaDriver.cuCtxGetDevice(device));
    assertThat(device).isEqualTo(device(0));
  }

  @Test
  void cuCtxPopCurrent_ofTheLast_leavesNone() {
    CUcontext popped = new CUcontext();
    ok(JCudaDriver.cuCtxPopCurrent(popped));
    assertThat(popped).isEqualTo(context);
    assertThat(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4)).isEqualTo(CUDA_ERROR_INVALID_CONTEXT);
    assertThat(JCudaDriver.cuCtxPopCurrent(popped)).isEqualTo(CUDA_ERROR_INVALID_CONTEXT);
  }

  @Test
  void cuCtxPushCurrent_other_coversTheFirst() {
    CUcontext other = context(1);
    ok(JCudaDriver.cuCtxPushCurrent(context));
    CUdevice device = new CUdevice();
    ok(JCudaDriver.cuCtxGetDevice(device));
    assertThat(device).isEqualTo(device(0));
    ok(JCudaDriver.cuCtxPopCurrent(new CUcontext()));
    ok(JCudaDriver.cuCtxGetDevice(device));
    assertThat(device).isEqualTo(device(1));
    ok(JCudaDriver.cuCtxDestroy(other));
  }

  @Test
  void destroyedContext_isRefusedEverywhere() throws Exception {
    CUcontext other = context(0);
    CUstream stream = stream(0);
    ExecutorService elsewhere = Executors.newSingleThreadExecutor();
    elsewhere.submit(() -> ok(JCudaDriver.cuCtxPushCurrent(other))).get();
    ok(JCudaDriver.cuCtxDestroy(other));
    assertThat(elsewhere.submit(JCudaDriver::cuCtxSynchronize).get())
        .isEqualTo(CUDA_ERROR_CONTEXT_IS_DESTROYED);
    elsewhere.shutdown();
    assertThat(JCudaDriver.cuCtxPushCurrent(other)).isEqualTo(CUDA_ERROR_INVALID_CONTEXT);
    assertThat(JCudaDriver.cuCtxDestroy(other)).isEqualTo(CUDA_ERROR_INVALID_CONTEXT);
    assertThat(JCudaDriver.cuStreamSynchronize(stream)).isEqualTo(CUDA_ERROR_INVALID_HANDLE);
  }

  @Test
  void cuCtxDestroy_withMemory_freesIt() {
    allocate(1024);
    ok(JCudaDriver.cuCtxDestroy(context));
    assertThat(EmulatedDriver.allocations()).isEmpty();
  }

  @Test
  void primaryContext_isSharedUntilTheLastRelease() {
    CUcontext first = new CUcontext();
    CUcontext second = new CUcontext();
    ok(JCudaDriver.cuDevicePrimaryCtxRetain(first, device(1)));
    ok(JCudaDriver.cuDevicePrimaryCtxRetain(second, device(1)));
    assertThat(first).isEqualTo(second);
    assertThat(JCudaDriver.cuCtxDestroy(first)).isEqualTo(CUDA_ERROR_INVALID_CONTEXT);
    int[] active = new int[1];
    ok(JCudaDriver.cuDevicePrimaryCtxRelease(device(1)));
    ok(JCudaDriver.cuDevicePrimaryCtxGetState(device(1), new int[1], active));
    assertThat(active[0]).isEqualTo(1);
    ok(JCudaDriver.cuDevicePrimaryCtxRelease(device(1)));
    ok(JCudaDriver.cuDevicePrimaryCtxGetState(device(1), new int[1], active));
    assertThat(active[0]).isZero();
    assertThat(JCudaDriver.cuDevicePrimaryCtxRelease(device(1)))
        .isEqualTo(CUDA_ERROR_INVALID_CONTEXT);
  }

  @Test
  void cuDevicePrimaryCtxReset_withMemory_freesIt() {
    CUcontext primary = new CUcontext();
    ok(JCudaDriver.cuDevicePrimaryCtxRetain(primary, device(1)));
    ok(JCudaDriver.cuCtxPushCurrent(primary));
    CUdeviceptr memory = allocate(100);
    ok(JCudaDriver.cuDevicePrimaryCtxReset(device(1)));
    assertThat(JCudaDriver.cuMemFree(memory)).isEqualTo(CUDA_ERROR_INVALID_VALUE);
    ok(JCudaDriver.cuMemFree(allocate(100)));
    ok(JCudaDriver.cuCtxPopCurrent(new CUcontext()));
    ok(JCudaDriver.cuDevicePrimaryCtxRelease(device(1)));
  }

  @Test
  void cuCtxEnablePeerAccess_twice_isRefused() {
    CUcontext other = context(1);
    ok(JCudaDriver.cuCtxEnablePeerAccess(context, 0));
    assertThat(JCudaDriver.cuCtxEnablePeerAccess(context, 0))
        .isEqualTo(CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED);
    ok(JCudaDriver.cuCtxDisablePeerAccess(context));
    assertThat(JCudaDriver.cuCtxDisablePeerAccess(context))
        .isEqualTo(CUDA_ERROR_PEER_ACCESS_NOT_ENABLED);
    assertThat(JCudaDriver.cuCtxEnablePeerAccess(other, 0)).isEqualTo(CUDA_ERROR_INVALID_DEVICE);
    ok(JCudaDriver.cuCtxDestroy(other));
  }

  @Test
  void cuCtxGetStreamPriorityRange_isThatOfHardware() {
    int[] least = new int[1];
    int[] greatest = new int[1];
    ok(JCudaDriver.cuCtxGetStreamPriorityRange(least, greatest));
    assertThat(least[0]).isZero();
    assertThat(greatest[0]).isEqualTo(-5);
  }

  @Test
  void cuCtxPushCurrent_ofNothing_isRefused() {
    assertThat(JCudaDriver.cuCtxPushCurrent(new CUcontext())).isEqualTo(CUDA_ERROR_INVALID_CONTEXT);
  }
}
