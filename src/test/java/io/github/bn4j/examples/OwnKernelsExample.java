package io.github.bn4j.examples;

import io.github.bn4j.api.Backends;
import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.cuda.CudaContext;
import io.github.bn4j.cuda.CudaMemory;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.cuda.DeviceBuffer;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SavedStatistics;
import io.github.bn4j.op.TensorShape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/**
 * A batch norm between two kernels of your own, on your context, your stream and your memory:
 * nothing is copied, and nothing waits but the read at the end.
 *
 * <pre>x = x * 2;  y = batchNorm(x);  y = y * 2</pre>
 */
final class OwnKernelsExample {
  private static final TensorShape SHAPE = TensorShape.of(8, 4, 6, 6);
  private static final String TWICE =
      """
      .version 7.0
      .target sm_75
      .address_size 64
      .visible .entry twice(.param .u64 x, .param .u32 n)
      {
        .reg .pred %p<2>;
        .reg .b32 %r<6>;
        .reg .f32 %f<3>;
        .reg .b64 %rd<5>;
        ld.param.u64 %rd1, [x];
        ld.param.u32 %r1, [n];
        mov.u32 %r2, %ctaid.x;
        mov.u32 %r3, %ntid.x;
        mov.u32 %r4, %tid.x;
        mad.lo.s32 %r5, %r2, %r3, %r4;
        setp.ge.u32 %p1, %r5, %r1;
        @%p1 bra DONE;
        cvta.to.global.u64 %rd2, %rd1;
        mul.wide.u32 %rd3, %r5, 4;
        add.s64 %rd4, %rd2, %rd3;
        ld.global.f32 %f1, [%rd4];
        add.f32 %f2, %f1, %f1;
        st.global.f32 [%rd4], %f2;
      DONE:
        ret;
      }
      """;

  private OwnKernelsExample() {}

  /** Returns y; x goes through the device. */
  static float[] run(float[] x) {
    JCudaDriver.setExceptionsEnabled(true);
    JCudaDriver.cuInit(0);
    CUdevice device = new CUdevice();
    JCudaDriver.cuDeviceGet(device, 0);
    CUcontext context = new CUcontext();
    JCudaDriver.cuCtxCreate(context, 0, device);
    try {
      return runOn(context, x);
    } finally {
      JCudaDriver.cuCtxDestroy(context);
      JCudaDriver.setExceptionsEnabled(false);
    }
  }

  private static float[] runOn(CUcontext context, float[] input) {
    CUmodule module = new CUmodule();
    // The driver reads text up to a zero byte.
    JCudaDriver.cuModuleLoadData(module, (TWICE + "\0").getBytes(StandardCharsets.US_ASCII));
    CUfunction twice = new CUfunction();
    JCudaDriver.cuModuleGetFunction(twice, module, "twice");
    CUstream stream = new CUstream();
    JCudaDriver.cuStreamCreate(stream, 0);
    CUdeviceptr x = new CUdeviceptr();
    CUdeviceptr y = new CUdeviceptr();
    long bytes = SHAPE.elements() * Float.BYTES;
    JCudaDriver.cuMemAlloc(x, bytes);
    JCudaDriver.cuMemAlloc(y, bytes);
    FloatBuffer host = direct(bytes).asFloatBuffer();
    host.put(input).flip();
    JCudaDriver.cuMemcpyHtoDAsync(x, Pointer.toBuffer(host), bytes, stream);

    // From here on bn4j works on your objects. They stay yours.
    CudaContext yours = CudaContext.wrap(context);
    CudaStream queue = CudaStream.wrap(stream, yours);
    Backend ptx = Backends.byName("ptx");
    BatchNormSpec spec = BatchNormSpec.builder(SHAPE).build();
    try (Plan plan = ptx.plan(spec, new PlanOptions(0, 0, queue));
        CudaMemory memory = new CudaMemory(queue)) {
      ForwardTensors tensors =
          ForwardTensors.builder(
                  DeviceBuffer.wrap(yours, x, DataType.F32, SHAPE.elements()),
                  DeviceBuffer.wrap(yours, y, DataType.F32, SHAPE.elements()))
              .affine(memory.copyOf(HostTensor.of(1f, 1f, 1f, 1f)), zeros(memory))
              .running(new RunningStatistics(zeros(memory), zeros(memory), null))
              .saved(new SavedStatistics(zeros(memory), zeros(memory)))
              .build();

      launch(twice, x, stream);
      plan.forward(tensors);
      launch(twice, y, stream);

      JCudaDriver.cuMemcpyDtoHAsync(Pointer.toBuffer(host), y, bytes, stream);
      JCudaDriver.cuStreamSynchronize(stream);
    }
    float[] output = new float[input.length];
    host.get(0, output);
    return output;
  }

  private static DeviceBuffer zeros(CudaMemory memory) {
    return memory.allocate(DataType.F32, SHAPE.channels());
  }

  private static void launch(CUfunction kernel, CUdeviceptr data, CUstream stream) {
    int n = Math.toIntExact(SHAPE.elements());
    Pointer arguments = Pointer.to(Pointer.to(data), Pointer.to(new int[] {n}));
    JCudaDriver.cuLaunchKernel(
        kernel, (n + 127) / 128, 1, 1, 128, 1, 1, 0, stream, arguments, null);
  }

  private static ByteBuffer direct(long bytes) {
    return ByteBuffer.allocateDirect(Math.toIntExact(bytes)).order(ByteOrder.nativeOrder());
  }
}
