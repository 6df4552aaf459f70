package io.github.bn4j.emulator;

import static jcuda.driver.CUresult.CUDA_SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/** The driver's calls as tests write them: what must succeed does, else the test fails by name. */
final class DriverCalls {
  private DriverCalls() {}

  static void ok(int status) {
    assertThat(status)
        .as("%s: %s", CUresult.stringFor(status), EmulatedDriver.lastMessage())
        .isEqualTo(CUDA_SUCCESS);
  }

  static CUdevice device(int ordinal) {
    CUdevice device = new CUdevice();
    ok(JCudaDriver.cuDeviceGet(device, ordinal));
    return device;
  }

  /** A new context, current for this thread. */
  static CUcontext context(int ordinal) {
    ok(JCudaDriver.cuInit(0));
    CUcontext context = new CUcontext();
    ok(JCudaDriver.cuCtxCreate(context, 0, device(ordinal)));
    return context;
  }

  static CUdeviceptr allocate(long bytes) {
    CUdeviceptr memory = new CUdeviceptr();
    ok(JCudaDriver.cuMemAlloc(memory, bytes));
    return memory;
  }

  /** Direct, since a JVM with checked JNI gives JCuda a copy of an array and drops its changes. */
  private static ByteBuffer direct(int words) {
    return ByteBuffer.allocateDirect(4 * words).order(ByteOrder.nativeOrder());
  }

  private static CUdeviceptr allocate(ByteBuffer content) {
    CUdeviceptr memory = allocate(content.capacity());
    ok(JCudaDriver.cuMemcpyHtoD(memory, Pointer.toBuffer(content), content.capacity()));
    return memory;
  }

  private static ByteBuffer readWords(CUdeviceptr memory, int count) {
    ByteBuffer content = direct(count);
    ok(JCudaDriver.cuMemcpyDtoH(Pointer.toBuffer(content), memory, 4L * count));
    return content;
  }

  static CUdeviceptr allocateInts(int... values) {
    ByteBuffer content = direct(values.length);
    content.asIntBuffer().put(values);
    return allocate(content);
  }

  static int[] read(CUdeviceptr memory, int count) {
    int[] values = new int[count];
    readWords(memory, count).asIntBuffer().get(values);
    return values;
  }

  static CUdeviceptr floats(float... values) {
    ByteBuffer content = direct(values.length);
    content.asFloatBuffer().put(values);
    return allocate(content);
  }

  static float[] readFloats(CUdeviceptr memory, int count) {
    float[] values = new float[count];
    readWords(memory, count).asFloatBuffer().get(values);
    return values;
  }

  /** Page-locked host memory, for copies that are really asynchronous. */
  static Pointer pinned(int... values) {
    Pointer host = new Pointer();
    ok(JCudaDriver.cuMemHostAlloc(host, 4L * values.length, 0));
    ints(host, values.length).asIntBuffer().put(values);
    return host;
  }

  static ByteBuffer ints(Pointer host, int count) {
    return host.getByteBuffer(0, 4L * count).order(ByteOrder.nativeOrder());
  }

  static CUstream stream(int flags) {
    CUstream stream = new CUstream();
    ok(JCudaDriver.cuStreamCreate(stream, flags));
    return stream;
  }

  static CUevent event(int flags) {
    CUevent event = new CUevent();
    ok(JCudaDriver.cuEventCreate(event, flags));
    return event;
  }

  static byte[] terminated(String ptx) {
    return (ptx + '\0').getBytes(StandardCharsets.US_ASCII);
  }

  static CUmodule module(String ptx) {
    CUmodule module = new CUmodule();
    ok(JCudaDriver.cuModuleLoadData(module, terminated(ptx)));
    return module;
  }

  static CUfunction function(CUmodule module, String name) {
    CUfunction function = new CUfunction();
    ok(JCudaDriver.cuModuleGetFunction(function, module, name));
    return function;
  }

  /** Launches blocks of 32 threads; each parameter is a Pointer to its value. */
  static int launch(CUfunction function, int blocks, CUstream stream, Pointer... parameters) {
    return JCudaDriver.cuLaunchKernel(
        function, blocks, 1, 1, 32, 1, 1, 0, stream, Pointer.to(parameters), null);
  }
}
