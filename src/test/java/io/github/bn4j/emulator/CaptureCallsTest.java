package io.github.bn4j.emulator;

import static io.github.bn4j.emulator.DriverCalls.*;
import static jcuda.driver.CUresult.*;
import static jcuda.driver.CUstreamCaptureMode.*;
import static org.assertj.core.api.Assertions.assertThat;

import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUgraphNode;
import jcuda.driver.CUgraphNodeType;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureStatus;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@EmulatedCuda
final class CaptureCallsTest extends InContext {
  private static final int NON_BLOCKING = 1;

  private CUstream stream = new CUstream();
  private CUdeviceptr memory = new CUdeviceptr();

  @BeforeEach
  void create() {
    stream = stream(NON_BLOCKING);
    memory = allocateInts(1);
  }

  private void begin(int mode) {
    ok(JCudaDriver.cuStreamBeginCapture(stream, mode));
  }

  private CUgraph end() {
    CUgraph graph = new CUgraph();
    ok(JCudaDriver.cuStreamEndCapture(stream, graph));
    return graph;
  }

  private void endsWith(int status) {
    assertThat(JCudaDriver.cuStreamEndCapture(stream, new CUgraph())).isEqualTo(status);
  }

  private static CUgraphExec instantiate(CUgraph graph) {
    CUgraphExec executable = new CUgraphExec();
    ok(JCudaDriver.cuGraphInstantiate(executable, graph, 0));
    return executable;
  }

  @Test
  void capturedWork_runsAtEachLaunchOnly() {
    Pointer host = pinned(0);
    begin(CU_STREAM_CAPTURE_MODE_GLOBAL);
    ok(JCudaDriver.cuMemcpyHtoDAsync(memory, host, 4, stream));
    CUgraph graph = end();
    assertThat(read(memory, 1)).containsExactly(1);
    CUgraphExec executable = instantiate(graph);
    for (int value = 10; value < 13; value++) {
      ints(host, 1).putInt(0, value);
      ok(JCudaDriver.cuGraphLaunch(executable, stream));
      ok(JCudaDriver.cuStreamSynchronize(stream));
      assertThat(read(memory, 1)).containsExactly(value);
    }
    ok(JCudaDriver.cuGraphExecDestroy(executable));
    ok(JCudaDriver.cuGraphDestroy(graph));
    assertThat(JCudaDriver.cuGraphLaunch(executable, stream)).isEqualTo(CUDA_ERROR_INVALID_HANDLE);
    assertThat(JCudaDriver.cuGraphDestroy(graph)).isEqualTo(CUDA_ERROR_INVALID_HANDLE);
  }

  @Test
  void cuGraphGetNodes_givesWhatWasCaptured() {
    begin(CU_STREAM_CAPTURE_MODE_GLOBAL);
    ok(JCudaDriver.cuMemsetD32Async(memory, 1, 1, stream));
    ok(JCudaDriver.cuLaunchHostFunc(stream, data -> {}, null));
    CUgraph graph = end();
    long[] count = new long[1];
    ok(JCudaDriver.cuGraphGetNodes(graph, null, count));
    assertThat(count[0]).isEqualTo(2);
    CUgraphNode[] nodes = {new CUgraphNode(), new CUgraphNode()};
    ok(JCudaDriver.cuGraphGetNodes(graph, nodes, count));
    int[] type = new int[1];
    ok(JCudaDriver.cuGraphNodeGetType(nodes[0], type));
    assertThat(type[0]).isEqualTo(CUgraphNodeType.CU_GRAPH_NODE_TYPE_MEMSET);
    ok(JCudaDriver.cuGraphNodeGetType(nodes[1], type));
    assertThat(type[0]).isEqualTo(CUgraphNodeType.CU_GRAPH_NODE_TYPE_HOST);
    ok(JCudaDriver.cuGraphDestroy(graph));
    assertThat(JCudaDriver.cuGraphNodeGetType(nodes[0], type)).isEqualTo(CUDA_ERROR_INVALID_HANDLE);
  }

  @Test
  void cuGraphLaunch_isInTheOrderOfItsStream() {
    begin(CU_STREAM_CAPTURE_MODE_GLOBAL);
    ok(JCudaDriver.cuMemsetD32Async(memory, 2, 1, stream));
    CUgraphExec executable = instantiate(end());
    ok(JCudaDriver.cuMemsetD32Async(memory, 1, 1, stream));
    ok(JCudaDriver.cuGraphLaunch(executable, stream));
    Pointer host = pinned(0);
    ok(JCudaDriver.cuMemcpyDtoHAsync(host, memory, 4, stream));
    ok(JCudaDriver.cuMemsetD32Async(memory, 3, 1, stream));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(ints(host, 1).getInt(0)).isEqualTo(2);
    assertThat(read(memory, 1)).containsExactly(3);
  }

  @Test
  void forkedStream_joinedAgain_isPartOfTheGraph() {
    CUstream fork = stream(NON_BLOCKING);
    CUevent forked = event(0);
    CUevent joined = event(0);
    begin(CU_STREAM_CAPTURE_MODE_GLOBAL);
    ok(JCudaDriver.cuMemsetD32Async(memory, 5, 1, stream));
    ok(JCudaDriver.cuEventRecord(forked, stream));
    ok(JCudaDriver.cuStreamWaitEvent(fork, forked, 0));
    CUdeviceptr twin = allocateBeside();
    ok(JCudaDriver.cuMemcpyDtoDAsync(twin, memory, 4, fork));
    ok(JCudaDriver.cuEventRecord(joined, fork));
    ok(JCudaDriver.cuStreamWaitEvent(stream, joined, 0));
    ok(JCudaDriver.cuMemsetD32Async(memory, 6, 1, stream));
    CUgraphExec executable = instantiate(end());
    ok(JCudaDriver.cuGraphLaunch(executable, stream));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(read(twin, 1)).containsExactly(5);
    assertThat(read(memory, 1)).containsExactly(6);
  }

  /** Allocating is not allowed during a capture of this thread, unless the thread says it knows. */
  private static CUdeviceptr allocateBeside() {
    int[] mode = {CU_STREAM_CAPTURE_MODE_RELAXED};
    ok(JCudaDriver.cuThreadExchangeStreamCaptureMode(mode));
    CUdeviceptr beside = new CUdeviceptr();
    ok(JCudaDriver.cuMemAlloc(beside, 4));
    ok(JCudaDriver.cuThreadExchangeStreamCaptureMode(mode));
    return beside;
  }

  @Test
  void forkedStream_notJoined_endsTheCapture() {
    CUstream fork = stream(NON_BLOCKING);
    CUevent forked = event(0);
    begin(CU_STREAM_CAPTURE_MODE_GLOBAL);
    ok(JCudaDriver.cuEventRecord(forked, stream));
    ok(JCudaDriver.cuStreamWaitEvent(fork, forked, 0));
    ok(JCudaDriver.cuMemsetD32Async(memory, 5, 1, fork));
    assertThat(JCudaDriver.cuStreamEndCapture(fork, new CUgraph()))
        .isEqualTo(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED);
    endsWith(CUDA_ERROR_STREAM_CAPTURE_UNJOINED);
  }

  @Test
  void synchronising_inACapture_invalidatesIt() {
    begin(CU_STREAM_CAPTURE_MODE_GLOBAL);
    assertThat(JCudaDriver.cuStreamSynchronize(stream))
        .isEqualTo(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    int[] status = new int[1];
    ok(JCudaDriver.cuStreamIsCapturing(stream, status));
    assertThat(status[0]).isEqualTo(CUstreamCaptureStatus.CU_STREAM_CAPTURE_STATUS_INVALIDATED);
    assertThat(JCudaDriver.cuMemsetD32Async(memory, 5, 1, stream))
        .isEqualTo(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    endsWith(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    ok(JCudaDriver.cuMemsetD32Async(memory, 5, 1, stream));
  }

  @Test
  void allocating_inACapture_invalidatesIt() {
    begin(CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
    assertThat(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4))
        .isEqualTo(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    endsWith(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  }

  @Test
  void allocating_inARelaxedCapture_isAllowed() {
    begin(CU_STREAM_CAPTURE_MODE_RELAXED);
    ok(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4));
    end();
  }

  @Test
  void synchronousCopy_besideACapturedBlockingStream_isImplicit() {
    stream = stream(0);
    begin(CU_STREAM_CAPTURE_MODE_RELAXED);
    assertThat(JCudaDriver.cuMemcpyDtoH(Pointer.to(new int[1]), memory, 4))
        .isEqualTo(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT);
    endsWith(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  }

  @Test
  void waitingForAnEventFromOutside_isIsolation() {
    CUevent outside = event(0);
    ok(JCudaDriver.cuEventRecord(outside, stream(NON_BLOCKING)));
    begin(CU_STREAM_CAPTURE_MODE_GLOBAL);
    assertThat(JCudaDriver.cuStreamWaitEvent(stream, outside, 0))
        .isEqualTo(CUDA_ERROR_STREAM_CAPTURE_ISOLATION);
    endsWith(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  }

  @Test
  void queryingACapturedEvent_isRefused() {
    CUevent inside = event(0);
    begin(CU_STREAM_CAPTURE_MODE_RELAXED);
    ok(JCudaDriver.cuEventRecord(inside, stream));
    assertThat(JCudaDriver.cuEventSynchronize(inside)).isEqualTo(CUDA_ERROR_CAPTURED_EVENT);
    endsWith(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  }

  @Test
  void cuStreamBeginCapture_whereItCannot_isRefused() {
    assertThat(JCudaDriver.cuStreamBeginCapture(new CUstream(), CU_STREAM_CAPTURE_MODE_GLOBAL))
        .isEqualTo(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    endsWith(CUDA_ERROR_ILLEGAL_STATE);
    begin(CU_STREAM_CAPTURE_MODE_GLOBAL);
    assertThat(JCudaDriver.cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_GLOBAL))
        .isEqualTo(CUDA_ERROR_ILLEGAL_STATE);
    end();
  }

  @Test
  void cuStreamEndCapture_fromAnotherThread_isRefused() throws InterruptedException {
    begin(CU_STREAM_CAPTURE_MODE_GLOBAL);
    int[] status = new int[1];
    Thread other =
        new Thread(() -> status[0] = JCudaDriver.cuStreamEndCapture(stream, new CUgraph()));
    other.start();
    other.join();
    assertThat(status[0]).isEqualTo(CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD);
    end();
  }
}
