package io.github.bn4j.cuda;

import static jcuda.driver.CUjit_option.CU_JIT_ERROR_LOG_BUFFER;
import static jcuda.driver.CUjit_option.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES;
import static jcuda.driver.CUresult.CUDA_SUCCESS;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;

/** Kernels loaded into a context: PTX, which the driver compiles for the device at hand. */
public final class CudaModule extends NativeResource {
  /** Enough for the first errors; the driver cuts the rest off. */
  private static final int LOG_BYTES = 4096;

  private final String name;
  private final CUmodule handle;

  private CudaModule(CudaContext context, String name, CUmodule handle) {
    super(
        context,
        "module " + name + " on device " + context.device().ordinal(),
        () -> JCudaDriver.cuModuleUnload(handle));
    this.name = name;
    this.handle = handle;
  }

  /**
   * Loads PTX text.
   *
   * @param name for messages: the file that it came from
   * @throws DeviceException if the driver rejects it, with the compiler's log
   */
  public static CudaModule load(CudaContext context, String name, String ptx) {
    byte[] text = ptx.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer image = ByteBuffer.allocateDirect(text.length + 1);
    image.put(text).put((byte) 0).flip();
    ByteBuffer log = ByteBuffer.allocateDirect(LOG_BYTES);
    int[] options = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
    // The second value is a number in the place of a pointer, as the driver wants it.
    Pointer values = Pointer.to(Pointer.toBuffer(log), new DevicePointer(LOG_BYTES));
    CUmodule handle = new CUmodule();
    context.enter();
    try {
      int status =
          JCudaDriver.cuModuleLoadDataEx(
              handle, Pointer.toBuffer(image), options.length, options, values);
      if (status != CUDA_SUCCESS) {
        throw Driver.failure(
            "cuModuleLoadDataEx",
            status,
            "while loading " + name + " on " + context.device().describe() + logText(log));
      }
    } finally {
      context.exit();
    }
    return new CudaModule(context, name, handle);
  }

  private static String logText(ByteBuffer log) {
    int length = 0;
    while (length < LOG_BYTES && log.get(length) != 0) {
      length++;
    }
    byte[] bytes = new byte[length];
    log.get(0, bytes);
    String text = new String(bytes, StandardCharsets.US_ASCII).strip();
    return text.isEmpty() ? "" : "; the compiler says: " + text;
  }

  /**
   * An entry point.
   *
   * @throws DeviceException if the module has none of this name
   */
  public CudaFunction function(String entry) {
    checkOpen("module");
    CUfunction function = new CUfunction();
    context().enter();
    try {
      Driver.check(
          "cuModuleGetFunction",
          JCudaDriver.cuModuleGetFunction(function, handle, entry),
          "while looking for the entry " + entry + " in " + name);
    } finally {
      context().exit();
    }
    return new CudaFunction(this, entry, function);
  }
}
