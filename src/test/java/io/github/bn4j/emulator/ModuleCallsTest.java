package io.github.bn4j.emulator;

import static io.github.bn4j.emulator.DriverCalls.*;
import static jcuda.driver.CUresult.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import jcuda.driver.CUfunc_cache;
import jcuda.driver.CUfunction;
import jcuda.driver.CUlimit;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@EmulatedCuda(computeCapability = 80, multiprocessors = 6)
final class ModuleCallsTest extends InContext {
  private static final int KIB = 1024;

  private CUmodule module = new CUmodule();
  private CUfunction add = new CUfunction();

  @BeforeEach
  void create() {
    module = module(LaunchCallsTest.PTX);
    add = function(module, "add");
  }

  private int blocksPerMultiprocessor(int threads, int sharedBytes) {
    int[] blocks = new int[1];
    ok(JCudaDriver.cuOccupancyMaxActiveBlocksPerMultiprocessor(blocks, add, threads, sharedBytes));
    return blocks[0];
  }

  @Test
  void cuModuleLoad_fromAFile_loads(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("add.ptx");
    Files.writeString(file, LaunchCallsTest.PTX);
    CUmodule loaded = new CUmodule();
    ok(JCudaDriver.cuModuleLoad(loaded, file.toString()));
    ok(JCudaDriver.cuModuleUnload(loaded));
    assertThat(JCudaDriver.cuModuleLoad(loaded, folder.resolve("none").toString()))
        .isEqualTo(CUDA_ERROR_FILE_NOT_FOUND);
  }

  @Test
  void cuModuleGetFunction_twice_givesTheSame() {
    assertThat(function(module, "add")).isEqualTo(add);
    CUmodule owner = new CUmodule();
    ok(JCudaDriver.cuFuncGetModule(owner, add));
    assertThat(owner).isEqualTo(module);
  }

  @Test
  void occupancy_isBoundByThreadsBlocksOrSharedMemory() {
    assertThat(blocksPerMultiprocessor(1024, 0)).as("2048 threads").isEqualTo(2);
    assertThat(blocksPerMultiprocessor(32, 0)).as("32 blocks").isEqualTo(32);
    assertThat(blocksPerMultiprocessor(32, 40 * KIB)).as("164 KiB").isEqualTo(4);
    assertThat(blocksPerMultiprocessor(32, 200 * KIB)).as("more than a block gets").isZero();
    assertThat(JCudaDriver.cuOccupancyMaxActiveBlocksPerMultiprocessor(new int[1], add, 0, 0))
        .isEqualTo(CUDA_ERROR_INVALID_VALUE);
    assertThat(
            JCudaDriver.cuOccupancyMaxActiveBlocksPerMultiprocessor(
                new int[1], new CUfunction(), 32, 0))
        .isEqualTo(CUDA_ERROR_INVALID_HANDLE);
  }

  @Test
  void cuOccupancyAvailableDynamicSMemPerBlock_isTheMostForThatManyBlocks() {
    long[] bytes = new long[1];
    ok(JCudaDriver.cuOccupancyAvailableDynamicSMemPerBlock(bytes, add, 4, 32));
    assertThat(blocksPerMultiprocessor(32, (int) bytes[0])).isEqualTo(4);
    assertThat(blocksPerMultiprocessor(32, (int) bytes[0] + 1)).isLessThan(4);
    assertThat(JCudaDriver.cuOccupancyAvailableDynamicSMemPerBlock(bytes, add, 33, 32))
        .isEqualTo(CUDA_ERROR_INVALID_VALUE);
  }

  @Test
  void cuFuncSetAttribute_unknown_isRefused() {
    assertThat(JCudaDriver.cuFuncSetAttribute(add, 4, 1)).isEqualTo(CUDA_ERROR_INVALID_VALUE);
    ok(JCudaDriver.cuFuncSetCacheConfig(add, CUfunc_cache.CU_FUNC_CACHE_PREFER_L1));
    ok(JCudaDriver.cuModuleUnload(module));
    assertThat(JCudaDriver.cuFuncSetAttribute(add, 8, 1)).isEqualTo(CUDA_ERROR_INVALID_HANDLE);
  }

  @Test
  void cuCtxGetLimit_unknown_isRefused() {
    long[] value = new long[1];
    ok(JCudaDriver.cuCtxGetLimit(value, CUlimit.CU_LIMIT_STACK_SIZE));
    assertThat(value[0]).isEqualTo(KIB);
    assertThat(JCudaDriver.cuCtxGetLimit(value, 99)).isEqualTo(CUDA_ERROR_UNSUPPORTED_LIMIT);
  }

  @Test
  void failNext_moduleLoad_givesItsCode() {
    EmulatedDriver.failNext("cuModuleLoad", 1, CUDA_ERROR_NO_BINARY_FOR_GPU);
    assertThat(JCudaDriver.cuModuleLoadData(new CUmodule(), terminated(LaunchCallsTest.PTX)))
        .isEqualTo(CUDA_ERROR_NO_BINARY_FOR_GPU);
  }
}
