package io.github.bn4j.cuda;

import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.JCudaDriver;

/** An entry point of a module; lives as long as the module. */
public final class CudaFunction {
  /** Percent. */
  private static final int ALL = 100;

  private final CudaModule module;
  private final String name;
  private final CUfunction handle;

  CudaFunction(CudaModule module, String name, CUfunction handle) {
    this.module = module;
    this.name = name;
    this.handle = handle;
  }

  /** Name of the entry point. */
  public String name() {
    return name;
  }

  /** Bytes of local memory per thread; more than 0 means spills or local arrays. */
  public int localBytes() {
    return attribute(CUfunction_attribute.CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES);
  }

  /** Bytes of static shared memory per block. */
  public int staticSharedBytes() {
    return attribute(CUfunction_attribute.CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES);
  }

  /** Most threads per block that this function can be launched with. */
  public int maxThreadsPerBlock() {
    return attribute(CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
  }

  private int attribute(int attribute) {
    int[] value = new int[1];
    module.context().enter();
    try {
      Driver.check(
          "cuFuncGetAttribute",
          JCudaDriver.cuFuncGetAttribute(value, attribute, handle),
          "of " + name);
    } finally {
      module.context().exit();
    }
    return value[0];
  }

  /**
   * Allows more dynamic shared memory than the 48 KiB that every launch may use.
   *
   * @throws DeviceException if the device has less
   */
  public void allowDynamicShared(int bytes) {
    set(
        CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
        bytes,
        bytes + " bytes of dynamic shared memory");
  }

  /**
   * Asks for as much shared memory and as little first-level cache per multiprocessor as there can
   * be: left alone, the driver may leave room for fewer blocks than would fit. A hint.
   */
  public void preferShared() {
    set(
        CUfunction_attribute.CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT,
        ALL,
        "a preference for shared memory");
  }

  /** Percent of shared memory that is preferred; -1 where the driver has the choice. */
  public int preferredSharedPercent() {
    return attribute(CUfunction_attribute.CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT);
  }

  /** Allows clusters of more than 8 blocks, which not every device can place. */
  public void allowNonPortableClusters() {
    set(
        CUfunction_attribute.CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED,
        1,
        "clusters of more than 8 blocks");
  }

  private void set(int attribute, int value, String meaning) {
    module.context().enter();
    try {
      Driver.check(
          "cuFuncSetAttribute",
          JCudaDriver.cuFuncSetAttribute(handle, attribute, value),
          "while asking for " + meaning + " for " + name);
    } finally {
      module.context().exit();
    }
  }

  /** Blocks of this size that one multiprocessor can hold at a time; 0 if none fits. */
  public int residentBlocksPerMultiprocessor(int threads, int sharedBytes) {
    int[] blocks = new int[1];
    module.context().enter();
    try {
      Driver.check(
          "cuOccupancyMaxActiveBlocksPerMultiprocessor",
          JCudaDriver.cuOccupancyMaxActiveBlocksPerMultiprocessor(
              blocks, handle, threads, sharedBytes),
          "for " + name);
    } finally {
      module.context().exit();
    }
    return blocks[0];
  }

  /**
   * Queues one launch. The function's context must be current ({@link CudaContext#enter}), so that
   * a plan of several launches enters once.
   *
   * @param arguments copied by the driver; may be rewritten once this returns
   * @throws DeviceException if the driver refuses the launch, or reports an earlier failure
   */
  public void launch(LaunchShape shape, KernelArguments arguments, CudaStream stream) {
    int status =
        shape.cooperative()
            ? JCudaDriver.cuLaunchCooperativeKernel(
                handle,
                shape.gridX(),
                shape.gridY(),
                1,
                shape.blockX(),
                shape.blockY(),
                1,
                shape.sharedBytes(),
                stream.stream(),
                arguments.parameters())
            : JCudaDriver.cuLaunchKernel(
                handle,
                shape.gridX(),
                shape.gridY(),
                1,
                shape.blockX(),
                shape.blockY(),
                1,
                shape.sharedBytes(),
                stream.stream(),
                arguments.parameters(),
                null);
    if (status != 0) {
      throw Driver.failure("cuLaunchKernel", status, "while launching " + name + " as " + shape);
    }
  }
}
