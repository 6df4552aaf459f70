package io.github.bn4j.backend.cpu;

import io.github.bn4j.op.DataType;

/** Plain loops, for every JVM; the ones over double are made from those over float, see pom.xml. */
final class PlainProvider implements KernelProvider {
  @Override
  public String describe() {
    return "plain loops";
  }

  @Override
  public Kernels<float[]> floats(DataType type) {
    return new Kernels<>(
        new PlainRunKernels(), new PlainColumnKernels(), new PlainElementKernels());
  }

  @Override
  public Kernels<double[]> doubles() {
    return new Kernels<>(
        new DoubleRunKernels(), new DoubleColumnKernels(), new DoubleElementKernels());
  }

  @Override
  public HalfKernels halves() {
    return new PlainHalfKernels();
  }
}
