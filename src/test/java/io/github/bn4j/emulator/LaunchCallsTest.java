package io.github.bn4j.emulator;

import static io.github.bn4j.emulator.DriverCalls.*;
import static jcuda.driver.CUresult.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@EmulatedCuda
final class LaunchCallsTest extends InContext {
  /** Adds a number to as many ints as there are threads. */
  static final String PTX =
      """
      .version 8.0
      .target sm_75
      .address_size 64
      .global .align 4 .u32 calls = 5;
      .visible .entry add(.param .u64 data, .param .u32 number)
      {
        .reg .b32 %r<8>; .reg .b64 %rd<6>;
        ld.param.u64 %rd1, [data];
        ld.param.u32 %r1, [number];
        cvta.to.global.u64 %rd2, %rd1;
        mov.u32 %r2, %ctaid.x;
        mov.u32 %r3, %ntid.x;
        mov.u32 %r4, %tid.x;
        mad.lo.s32 %r5, %r2, %r3, %r4;
        mul.wide.u32 %rd3, %r5, 4;
        add.s64 %rd4, %rd2, %rd3;
        ld.global.u32 %r6, [%rd4];
        add.s32 %r7, %r6, %r1;
        st.global.u32 [%rd4], %r7;
        ret;
      }
      .visible .entry stop() { trap; ret; }
      """;

  /** Each block of a cluster of 16 writes 100 times the cluster's size, and its rank. */
  private static final String CLUSTER_PTX =
      """
      .version 8.0
      .target sm_90
      .address_size 64
      .visible .entry ranks(.param .u64 data)
      .explicitcluster
      .reqnctapercluster 16, 1, 1
      {
        .reg .b32 %r<8>; .reg .b64 %rd<6>; .reg .pred %p<2>;
        ld.param.u64 %rd1, [data]; cvta.to.global.u64 %rd2, %rd1;
        mov.u32 %r1, %tid.x; setp.eq.u32 %p1, %r1, 0;
        mov.u32 %r2, %cluster_ctarank; mov.u32 %r3, %cluster_nctarank;
        mad.lo.u32 %r4, %r3, 100, %r2;
        mov.u32 %r5, %ctaid.x; mul.wide.u32 %rd3, %r5, 4; add.s64 %rd4, %rd2, %rd3;
        @%p1 st.global.u32 [%rd4], %r4;
        ret;
      }
      """;

  private CUstream stream = new CUstream();
  private CUmodule module = new CUmodule();
  private CUfunction add = new CUfunction();
  private CUdeviceptr memory = new CUdeviceptr();

  @BeforeEach
  void create() {
    stream = stream(1);
    module = module(PTX);
    add = function(module, "add");
    memory = allocateInts(new int[64]);
  }

  private int launch(int blocks, CUdeviceptr data, int number) {
    return DriverCalls.launch(
        add, blocks, stream, Pointer.to(data), Pointer.to(new int[] {number}));
  }

  @Test
  void cuLaunchKernel_waitedFor_hasComputed() {
    ok(launch(2, memory, 7));
    assertThat(read(memory, 64)).as("nobody waited yet").containsOnly(0);
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(read(memory, 64)).containsOnly(7);
  }

  @Test
  void takeLaunches_countsTheTraffic() {
    ok(launch(2, memory, 7));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    KernelLaunch launch = EmulatedDriver.takeLaunches().get(0);
    assertThat(launch.kernel()).isEqualTo("add");
    assertThat(launch.grid()).isEqualTo(new KernelLaunch.Size(2, 1, 1));
    assertThat(launch.block()).isEqualTo(new KernelLaunch.Size(32, 1, 1));
    assertThat(launch.counters().sectorsRead()).isEqualTo(8);
    assertThat(launch.counters().sectorsWritten()).isEqualTo(8);
    assertThat(launch.counters().threads()).isEqualTo(64);
    assertThat(EmulatedDriver.takeLaunches()).isEmpty();
  }

  @Test
  void cuLaunchKernel_inAGraph_computesAtEachReplay() {
    ok(JCudaDriver.cuStreamBeginCapture(stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_GLOBAL));
    ok(launch(2, memory, 1));
    ok(launch(2, memory, 10));
    CUgraph graph = new CUgraph();
    ok(JCudaDriver.cuStreamEndCapture(stream, graph));
    CUgraphExec executable = new CUgraphExec();
    ok(JCudaDriver.cuGraphInstantiate(executable, graph, 0));
    ok(JCudaDriver.cuGraphLaunch(executable, stream));
    ok(JCudaDriver.cuGraphLaunch(executable, stream));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(read(memory, 64)).containsOnly(22);
    ok(JCudaDriver.cuModuleUnload(module));
    ok(JCudaDriver.cuGraphLaunch(executable, stream));
    assertThat(JCudaDriver.cuStreamSynchronize(stream)).isEqualTo(CUDA_ERROR_LAUNCH_FAILED);
    assertThat(EmulatedDriver.takeFindings())
        .first()
        .asString()
        .contains("after its module was unloaded");
  }

  @Test
  void cuLaunchKernel_beyondTheEnd_isFoundAndSticky() {
    ok(launch(3, memory, 1));
    assertThat(JCudaDriver.cuStreamSynchronize(stream)).isEqualTo(CUDA_ERROR_ILLEGAL_ADDRESS);
    assertThat(launch(1, memory, 1)).isEqualTo(CUDA_ERROR_ILLEGAL_ADDRESS);
    assertThat(JCudaDriver.cuMemFree(memory)).isEqualTo(CUDA_ERROR_ILLEGAL_ADDRESS);
    Finding finding = EmulatedDriver.takeFindings().get(0);
    assertThat(finding.kind()).isEqualTo("out of bounds");
    assertThat(finding.kernel()).isEqualTo("add");
    assertThat(finding.block()).isEqualTo("2 0 0");
    assertThat(finding.ptxLine()).isEqualTo(17);
    assertThat(finding.message()).contains("add");
  }

  @Test
  void cuLaunchKernel_misaligned_gives716() {
    ok(launch(1, memory.withByteOffset(2), 1));
    assertThat(JCudaDriver.cuStreamSynchronize(stream)).isEqualTo(CUDA_ERROR_MISALIGNED_ADDRESS);
    assertThat(EmulatedDriver.takeFindings().get(0).kind()).isEqualTo("misaligned");
  }

  @Test
  void cuLaunchKernel_trap_gives719() {
    ok(DriverCalls.launch(function(module, "stop"), 1, stream));
    assertThat(JCudaDriver.cuCtxSynchronize()).isEqualTo(CUDA_ERROR_LAUNCH_FAILED);
    assertThat(EmulatedDriver.takeFindings().get(0).kind()).isEqualTo("trap");
  }

  @Test
  void cuLaunchKernel_longerThanAllowed_gives702() {
    EmulatedDriver.execution(0, 0, true, 3);
    ok(launch(2, memory, 1));
    assertThat(JCudaDriver.cuCtxSynchronize()).isEqualTo(CUDA_ERROR_LAUNCH_TIMEOUT);
    assertThat(EmulatedDriver.takeFindings().get(0).kind()).isEqualTo("endless loop");
  }

  @Test
  void failNext_kernel_failsWhenItRuns() {
    EmulatedDriver.failNext("kernel", 2, CUDA_ERROR_ILLEGAL_ADDRESS);
    ok(launch(2, memory, 1));
    ok(launch(2, memory, 1));
    assertThat(JCudaDriver.cuStreamSynchronize(stream)).isEqualTo(CUDA_ERROR_ILLEGAL_ADDRESS);
    assertThat(EmulatedDriver.takeLaunches()).hasSize(2);
  }

  @Test
  void cuLaunchKernel_impossibleShape_isRefusedAtOnce() {
    Pointer parameters = Pointer.to(Pointer.to(memory), Pointer.to(new int[1]));
    assertThat(JCudaDriver.cuLaunchKernel(add, 0, 1, 1, 32, 1, 1, 0, stream, parameters, null))
        .isEqualTo(CUDA_ERROR_INVALID_VALUE);
    assertThat(JCudaDriver.cuLaunchKernel(add, 1, 1, 1, 1025, 1, 1, 0, stream, parameters, null))
        .isEqualTo(CUDA_ERROR_INVALID_VALUE);
    assertThat(JCudaDriver.cuLaunchKernel(add, 1, 65536, 1, 32, 1, 1, 0, stream, parameters, null))
        .isEqualTo(CUDA_ERROR_INVALID_VALUE);
    assertThat(JCudaDriver.cuLaunchKernel(add, 1, 1, 1, 32, 1, 1, 0, stream, null, null))
        .isEqualTo(CUDA_ERROR_INVALID_VALUE);
  }

  @Test
  void cuLaunchKernel_muchSharedMemory_needsTheAttribute() {
    Pointer parameters = Pointer.to(Pointer.to(memory), Pointer.to(new int[1]));
    int bytes = 100 * 1024;
    assertThat(JCudaDriver.cuLaunchKernel(add, 1, 1, 1, 32, 1, 1, bytes, stream, parameters, null))
        .isEqualTo(CUDA_ERROR_INVALID_VALUE);
    int attribute = CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
    assertThat(JCudaDriver.cuFuncSetAttribute(add, attribute, 228 * 1024))
        .isEqualTo(CUDA_ERROR_INVALID_VALUE);
    ok(JCudaDriver.cuFuncSetAttribute(add, attribute, bytes));
    ok(JCudaDriver.cuLaunchKernel(add, 1, 1, 1, 32, 1, 1, bytes, stream, parameters, null));
  }

  @Test
  void cuLaunchCooperativeKernel_moreThanResident_isRefused() {
    Pointer parameters = Pointer.to(Pointer.to(memory), Pointer.to(new int[1]));
    int[] blocks = new int[1];
    ok(JCudaDriver.cuOccupancyMaxActiveBlocksPerMultiprocessor(blocks, add, 32, 0));
    int most = 4 * blocks[0];
    assertThat(
            JCudaDriver.cuLaunchCooperativeKernel(
                add, most + 1, 1, 1, 32, 1, 1, 0, stream, parameters))
        .isEqualTo(CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE);
    ok(JCudaDriver.cuLaunchCooperativeKernel(add, 2, 1, 1, 32, 1, 1, 0, stream, parameters));
  }

  @Test
  void cuLaunchKernel_moreThanEightBlocksInACluster_needsTheAttribute() {
    CUfunction ranks = function(module(CLUSTER_PTX), "ranks");
    assertThat(DriverCalls.launch(ranks, 32, stream, Pointer.to(memory)))
        .isEqualTo(CUDA_ERROR_INVALID_CLUSTER_SIZE);
    ok(
        JCudaDriver.cuFuncSetAttribute(
            ranks, CUfunction_attribute.CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED, 1));
    ok(DriverCalls.launch(ranks, 32, stream, Pointer.to(memory)));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertThat(read(memory, 32))
        .isEqualTo(IntStream.range(0, 32).map(block -> 100 * 16 + block % 16).toArray());
  }

  @Test
  void cuModuleLoadData_ofNonsense_isRefused() {
    assertThat(JCudaDriver.cuModuleLoadData(new CUmodule(), terminated("ELF")))
        .isEqualTo(CUDA_ERROR_INVALID_IMAGE);
    String unknown = PTX.replace("add.s32", "sing.s32");
    assertThat(JCudaDriver.cuModuleLoadData(new CUmodule(), terminated(unknown)))
        .isEqualTo(CUDA_ERROR_INVALID_PTX);
    assertThat(EmulatedDriver.lastMessage()).contains("line 18", "sing.s32");
  }

  @Test
  void cuModuleGetFunction_unknownName_isNotFound() {
    assertThat(JCudaDriver.cuModuleGetFunction(new CUfunction(), module, "subtract"))
        .isEqualTo(CUDA_ERROR_NOT_FOUND);
    assertThat(JCudaDriver.cuModuleGetFunction(new CUfunction(), new CUmodule(), "add"))
        .isEqualTo(CUDA_ERROR_INVALID_HANDLE);
  }

  @Test
  void cuModuleGetGlobal_givesItsInitialValue() {
    CUdeviceptr global = new CUdeviceptr();
    long[] bytes = new long[1];
    ok(JCudaDriver.cuModuleGetGlobal(global, bytes, module, "calls"));
    assertThat(bytes[0]).isEqualTo(4);
    assertThat(read(global, 1)).containsExactly(5);
    assertThat(JCudaDriver.cuModuleGetGlobal(global, bytes, module, "missing"))
        .isEqualTo(CUDA_ERROR_NOT_FOUND);
  }

  @Test
  void unloadedModule_isRefused() {
    ok(launch(1, memory, 3));
    ok(JCudaDriver.cuModuleUnload(module));
    assertThat(read(memory, 1)).as("unloading waits").containsExactly(3);
    assertThat(JCudaDriver.cuModuleUnload(module)).isEqualTo(CUDA_ERROR_INVALID_HANDLE);
    assertThat(launch(1, memory, 1)).isEqualTo(CUDA_ERROR_INVALID_HANDLE);
  }

  @Test
  void cuLaunchKernel_inAStreamOfAnotherContext_isRefused() {
    CUcontext other = context(0);
    stream = stream(1);
    assertThat(launch(1, memory, 1)).isEqualTo(CUDA_ERROR_INVALID_HANDLE);
    ok(JCudaDriver.cuCtxDestroy(other));
  }

  @Test
  void cuFuncGetAttribute_ofAKernel_isGiven() {
    int[] value = new int[1];
    ok(
        JCudaDriver.cuFuncGetAttribute(
            value, CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, add));
    assertThat(value[0]).isEqualTo(1024);
    ok(JCudaDriver.cuFuncGetAttribute(value, CUfunction_attribute.CU_FUNC_ATTRIBUTE_NUM_REGS, add));
    assertThat(value[0]).isBetween(4, 64);
    assertThat(JCudaDriver.cuFuncGetAttribute(value, 77, add)).isEqualTo(CUDA_ERROR_INVALID_VALUE);
  }
}
