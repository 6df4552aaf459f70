package io.github.bn4j.backend.cpu.vector;

import io.github.bn4j.backend.cpu.HalfKernels;
import io.github.bn4j.backend.cpu.KernelProvider;
import io.github.bn4j.backend.cpu.Kernels;
import io.github.bn4j.op.DataType;

/** Float loops with the Vector API; double ones stay plain. Made by name: see KernelChoice. */
public final class VectorProvider implements KernelProvider {
  /**
   * Checks that vectors help.
   *
   * @throws UnsupportedOperationException on machines whose vectors hold fewer than 4 floats
   */
  public VectorProvider() {
    if (Lanes.COUNT < 4) {
      throw new UnsupportedOperationException(
          "expected vectors of at least 128 bit, got " + Lanes.FLOATS.vectorBitSize());
    }
    Lanes.prepare();
  }

  @Override
  public String describe() {
    return "Vector API, " + Lanes.FLOATS.vectorBitSize() + " bit";
  }

  @Override
  public Kernels<float[]> floats(DataType type) {
    boolean f16 = type == DataType.F16;
    return new Kernels<>(
        new VectorRunKernels(f16 ? new F16Runs() : new Bf16Runs()),
        new VectorColumnKernels(f16 ? new F16Columns() : new Bf16Columns()),
        new VectorElementKernels());
  }

  @Override
  public Kernels<double[]> doubles() {
    return KernelProvider.plain().doubles();
  }

  @Override
  public HalfKernels halves() {
    return new VectorHalfKernels();
  }
}
