package io.github.bn4j.peers;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** The network cnn with batch normalization in PyTorch, and one update by Adam. */
final class TorchCnn {
  private final List<Tensor> learned = new ArrayList<>();
  private final Tensor[] weights = {
    uniform(9, 32, 1, 3, 3), uniform(288, 64, 32, 3, 3), uniform(576, 64, 64, 3, 3),
    uniform(576, 64, 576), uniform(64, 10, 64)
  };
  private final Tensor[] biases = {
    uniform(9, 32), uniform(288, 64), uniform(576, 64), uniform(576, 64), uniform(64, 10)
  };
  private final Tensor[] scales = {keep(torch.ones(32)), keep(torch.ones(64))};
  private final Tensor[] shifts = {keep(torch.zeros(32)), keep(torch.zeros(64))};
  private final Tensor[] means = {torch.zeros(32), torch.zeros(64)};
  private final Tensor[] variances = {torch.ones(32), torch.ones(64)};
  private final Tensor images;
  private final Tensor labels;
  private final Adam adam;

  TorchCnn(int batch) {
    images = torch.rand(batch, 1, 28, 28);
    labels =
        torch.randint(10, new long[] {batch}, new TensorOptions(torch.ScalarType.Long));
    adam =
        new Adam(new TensorVector(learned.toArray(new Tensor[0])), new AdamOptions(1e-3));
  }

  private Tensor uniform(double fanIn, long... sizes) {
    Tensor values = torch.rand(sizes);
    values.sub_(new Scalar(0.5));
    values.mul_(new Scalar(2 / Math.sqrt(fanIn)));
    return keep(values);
  }

  private Tensor keep(Tensor values) {
    Tensor kept = values.set_requires_grad(true);
    learned.add(kept);
    return kept;
  }

  private Tensor convolution(Tensor x, int layer) {
    long[] ones = {1, 1};
    return torch.relu(
        torch.conv2d(
            x, weights[layer], new TensorOptional(biases[layer]), ones, new long[] {0, 0}, ones, 1));
  }

  private Tensor block(Tensor x, int layer) {
    Tensor normalized =
        torch.batch_norm(
            convolution(x, layer),
            new TensorOptional(scales[layer]),
            new TensorOptional(shifts[layer]),
            new TensorOptional(means[layer]),
            new TensorOptional(variances[layer]),
            true,
            0.1,
            1e-5,
            false);
    return torch.max_pool2d(normalized, 2, 2);
  }

  /** Forward, backward, update. The scope frees what the step made. */
  @SuppressWarnings("try")
  void step() {
    try (PointerScope scope = new PointerScope()) {
      adam.zero_grad();
      Tensor h = convolution(block(block(images, 0), 1), 2).flatten(1, -1);
      h = torch.relu(torch.linear(h, weights[3], new TensorOptional(biases[3])));
      h = torch.linear(h, weights[4], new TensorOptional(biases[4]));
      torch.cross_entropy_loss(h, labels).backward();
      adam.step();
    }
  }
}
