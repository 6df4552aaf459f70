package io.github.bn4j.backend.cpu;

import io.github.bn4j.op.DataType;

/** Makes the inner loops of one implementation; each thread gets its own. */
public interface KernelProvider {
  /** In words, for {@code explain()}: {@code Vector API, 512 bit}. */
  String describe();

  /** Loops over float, for tensors of a type. */
  Kernels<float[]> floats(DataType type);

  /** Loops over double. */
  Kernels<double[]> doubles();

  /** Conversions between 16-bit types and float. */
  HalfKernels halves();

  /** The provider for every JVM. */
  static KernelProvider plain() {
    return new PlainProvider();
  }
}
