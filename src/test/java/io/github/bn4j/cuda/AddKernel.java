package io.github.bn4j.cuda;

/** {@code x[i] += value} for n floats: the smallest kernel that shows that a launch works. */
final class AddKernel {
  static final String PTX =
      """
      .version 7.0
      .target sm_75
      .address_size 64
      .visible .entry add_value(.param .align 8 .b8 args[24])
      {
        .reg .pred %p<2>;
        .reg .b32 %r<5>;
        .reg .f32 %f<4>;
        .reg .b64 %rd<8>;
        ld.param.u64 %rd1, [args];
        ld.param.u64 %rd2, [args+8];
        ld.param.f32 %f1, [args+16];
        mov.u32 %r1, %ctaid.x;
        mov.u32 %r2, %ntid.x;
        mov.u32 %r3, %tid.x;
        mad.lo.s32 %r4, %r1, %r2, %r3;
        cvt.u64.u32 %rd3, %r4;
        setp.ge.s64 %p1, %rd3, %rd2;
        @%p1 bra DONE;
        cvta.to.global.u64 %rd4, %rd1;
        shl.b64 %rd5, %rd3, 2;
        add.s64 %rd6, %rd4, %rd5;
        ld.global.f32 %f2, [%rd6];
        add.f32 %f3, %f2, %f1;
        st.global.f32 [%rd6], %f3;
      DONE:
        ret;
      }
      """;

  private final CudaFunction function;
  private final KernelArguments arguments = new KernelArguments(24);

  AddKernel(CudaModule module) {
    function = module.function("add_value");
  }

  CudaFunction function() {
    return function;
  }

  /** The context must be current. */
  void launch(DeviceBuffer x, float value, CudaStream stream) {
    arguments.struct().putLong(0, x.address()).putLong(8, x.elements()).putFloat(16, value);
    int blocks = Math.toIntExact((x.elements() + 63) / 64);
    function.launch(LaunchShape.of(blocks, 64), arguments, stream);
  }
}
