package io.github.bn4j.api;

import io.github.bn4j.op.Activation;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.op.TensorShape;

/** A training step and an inference on the CPU, for a test that looks at the classes it loads. */
final class CpuOnlyMain {
  private CpuOnlyMain() {}

  public static void main(String[] args) {
    TensorShape shape = TensorShape.of(4, 2);
    try (BatchNorm layer =
        BatchNorm.builder(2).backend("cpu").activation(Activation.RELU).build()) {
      Tensor x = layer.memory().copyOf(HostTensor.of(1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f));
      Tensor y = layer.memory().allocate(DataType.F32, shape.elements());
      layer.train(shape, x, y).backward(y, y);
      layer.inference(shape, x, y);
      System.out.println("computed " + layer.memory().toHost(y).get(7));
    }
  }
}
