package io.github.bn4j.emulator;

import static io.github.bn4j.emulator.DriverCalls.*;
import static jcuda.driver.CUresult.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicReference;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice_P2PAttribute;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Calls that bn4j does not make, but code beside it may. */
@EmulatedCuda(
    computeCapability = {80, 90},
    multiprocessors = 6)
final class RarerCallsTest extends InContext {
  private static final int NON_BLOCKING = 1;

  private CUstream stream = new CUstream();
  private CUdeviceptr memory = new CUdeviceptr();

  @BeforeEach
  void create() {
    stream = stream(NON_BLOCKING);
    memory = allocateInts(1, 2, 3);
  }

  @Test
  void cuMemcpyAsync_findsOutWhichSideIsTheDevices() {
    CUdeviceptr twin = allocateInts(0, 0, 0);
    ok(JCudaDriver.cuMemsetD32Async(memory, 5, 3, stream));
    ok(JCudaDriver.cuMemcpyAsync(twin, memory, 8, stream));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(read(twin, 3)).containsExactly(5, 5, 0);
    assertThat(JCudaDriver.cuMemcpyAsync(twin, memory, 16, stream))
        .isEqualTo(CUDA_ERROR_INVALID_VALUE);
  }

  @Test
  void cuMemcpyPeerAsync_copiesInTheOrderOfItsStream() {
    CUcontext other = context(1);
    CUdeviceptr there = allocateInts(0, 0, 0);
    ok(JCudaDriver.cuMemsetD32Async(memory, 7, 3, stream));
    ok(JCudaDriver.cuMemcpyPeerAsync(there, other, memory, context, 12, stream));
    ok(JCudaDriver.cuMemsetD32Async(memory, 8, 3, stream));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(read(there, 3)).containsExactly(7, 7, 7);
    assertThat(JCudaDriver.cuMemcpyPeerAsync(there, new CUcontext(), memory, context, 12, stream))
        .isEqualTo(CUDA_ERROR_INVALID_CONTEXT);
    assertThat(JCudaDriver.cuMemcpyPeerAsync(there, other, memory, context, 16, stream))
        .isEqualTo(CUDA_ERROR_INVALID_VALUE);
    ok(JCudaDriver.cuCtxDestroy(other));
  }

  @Test
  void cuStreamAddCallback_runsAfterWhatWasBefore() {
    Pointer host = pinned(0);
    AtomicReference<String> seen = new AtomicReference<>("nothing");
    ok(JCudaDriver.cuMemcpyDtoHAsync(host, memory, 4, stream));
    ok(
        JCudaDriver.cuStreamAddCallback(
            stream,
            (of, status, data) -> seen.set(data + " " + status + " " + ints(host, 1).getInt(0)),
            "mine",
            0));
    assertThat(seen).hasValue("nothing");
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(seen).hasValue("mine 0 1");
    assertThat(JCudaDriver.cuStreamAddCallback(stream, (of, status, data) -> {}, null, 1))
        .isEqualTo(CUDA_ERROR_INVALID_VALUE);
  }

  @Test
  void cuStreamAddCallback_insideACapture_isRefused() {
    ok(
        JCudaDriver.cuStreamBeginCapture(
            stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    assertThat(JCudaDriver.cuStreamAddCallback(stream, (of, status, data) -> {}, null, 0))
        .isEqualTo(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    JCudaDriver.cuStreamEndCapture(stream, new CUgraph());
  }

  @Test
  void cuGraphUpload_runsNothing() {
    CUgraph graph = new CUgraph();
    ok(
        JCudaDriver.cuStreamBeginCapture(
            stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    ok(JCudaDriver.cuMemsetD32Async(memory, 9, 3, stream));
    ok(JCudaDriver.cuStreamEndCapture(stream, graph));
    CUgraphExec exec = new CUgraphExec();
    ok(JCudaDriver.cuGraphInstantiate(exec, graph, 0));
    ok(JCudaDriver.cuGraphUpload(exec, stream));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(read(memory, 3)).containsExactly(1, 2, 3);
    ok(JCudaDriver.cuGraphLaunch(exec, stream));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(read(memory, 3)).containsOnly(9);
    ok(JCudaDriver.cuGraphExecDestroy(exec));
    assertThat(JCudaDriver.cuGraphUpload(exec, stream)).isEqualTo(CUDA_ERROR_INVALID_HANDLE);
    ok(JCudaDriver.cuGraphDestroy(graph));
  }

  @Test
  void cuDeviceGetP2PAttribute_saysThatPeersCanBeReached() {
    int[] value = {-1};
    ok(
        JCudaDriver.cuDeviceGetP2PAttribute(
            value,
            CUdevice_P2PAttribute.CU_DEVICE_P2P_ATTRIBUTE_ACCESS_SUPPORTED,
            device(0),
            device(1)));
    assertThat(value[0]).isEqualTo(1);
    ok(
        JCudaDriver.cuDeviceGetP2PAttribute(
            value,
            CUdevice_P2PAttribute.CU_DEVICE_P2P_ATTRIBUTE_PERFORMANCE_RANK,
            device(0),
            device(1)));
    assertThat(value[0]).isZero();
    assertThat(JCudaDriver.cuDeviceGetP2PAttribute(value, 2, device(0), device(0)))
        .isEqualTo(CUDA_ERROR_INVALID_DEVICE);
    assertThat(JCudaDriver.cuDeviceGetP2PAttribute(value, 99, device(0), device(1)))
        .isEqualTo(CUDA_ERROR_INVALID_VALUE);
  }

  @Test
  void cuOccupancyMaxPotentialBlockSize_givesAsManyThreadsAsFit() {
    CUfunction add = function(module(LaunchCallsTest.PTX), "add");
    int[] grid = new int[1];
    int[] block = new int[1];
    ok(JCudaDriver.cuOccupancyMaxPotentialBlockSize(grid, block, add, threads -> 0L, 0, 0));
    int[] resident = new int[1];
    ok(JCudaDriver.cuOccupancyMaxActiveBlocksPerMultiprocessor(resident, add, block[0], 0));
    assertThat(block[0]).isBetween(32, 1024);
    assertThat(grid[0]).as("6 multiprocessors").isEqualTo(6 * resident[0]);
    ok(JCudaDriver.cuOccupancyMaxPotentialBlockSize(grid, block, add, threads -> 0L, 0, 64));
    assertThat(block[0]).isLessThanOrEqualTo(64);
    assertThat(
            JCudaDriver.cuOccupancyMaxPotentialBlockSize(
                grid, block, new CUfunction(), threads -> 0L, 0, 0))
        .isEqualTo(CUDA_ERROR_INVALID_HANDLE);
  }

  @Test
  void cuEventRecordWithFlags_recordsLikeTheOther() {
    CUevent event = event(0);
    ok(JCudaDriver.cuMemsetD32Async(memory, 4, 3, stream));
    ok(JCudaDriver.cuEventRecordWithFlags(event, stream, 0));
    assertThat(JCudaDriver.cuEventQuery(event)).isEqualTo(CUDA_ERROR_NOT_READY);
    ok(JCudaDriver.cuEventSynchronize(event));
    assertThat(read(memory, 3)).containsOnly(4);
    assertThat(JCudaDriver.cuEventRecordWithFlags(event, stream, 2))
        .isEqualTo(CUDA_ERROR_INVALID_VALUE);
  }
}
