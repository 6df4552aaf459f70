package io.github.bn4j;

import io.github.bn4j.api.BatchNorm;
import io.github.bn4j.api.Pass;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.op.TensorShape;
import java.io.IOException;
import java.nio.file.Path;

/** The example of README.md. */
final class ReadmeExample {
  private ReadmeExample() {}

  static void run(Path file) throws IOException {
    // README
    float[] values = {1, 2, 3, 4, 5, 6, 7, 8}; // 4 samples of 2 channels
    TensorShape shape = TensorShape.of(4, 2); // batch, channels, then spatial sizes if any
    try (BatchNorm layer = BatchNorm.builder(2).activation(Activation.RELU).build()) {
      Tensor x = layer.memory().copyOf(HostTensor.of(values)); // on the GPU, if there is one
      Tensor y = layer.memory().allocate(DataType.F32, shape.elements());
      Pass pass = layer.train(shape, x, y); // y = relu(bn(x)), running statistics updated
      pass.backward(y, y); // here dy = y; dx over it, gradients in layer.parameters()
      layer.save(file); // PyTorch's names, as safetensors
    }
    // end
  }
}
