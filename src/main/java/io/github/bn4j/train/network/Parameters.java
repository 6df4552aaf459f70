package io.github.bn4j.train.network;

import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Walks over the layers of a network and makes the parameters that each needs. */
final class Parameters {
  private final Architecture architecture;
  private final SplittableRandom random;

  Parameters(Architecture architecture, SplittableRandom random) {
    this.architecture = architecture;
    this.random = random;
  }

  void declare(Network network) {
    SampleShape shape = new SampleShape(1, architecture.size(), architecture.size());
    for (Layer layer : architecture.layers()) {
      if (layer instanceof Layer.Convolution each) {
        long fanIn = shape.channels() * each.kernel() * each.kernel();
        network.declareWeights(
            each.name(),
            uniform(each.outputs() * fanIn, fanIn),
            List.of(
                (long) each.outputs(),
                shape.channels(),
                (long) each.kernel(),
                (long) each.kernel()),
            uniform(each.outputs(), fanIn));
      } else if (layer instanceof Layer.Dense each) {
        dense(network, each.name(), shape.elements(), each.outputs(), true);
      } else if (layer instanceof Layer.Norm each) {
        network.declareNorm(each.name(), shape.channels(), each.relu());
      } else if (layer instanceof Layer.Recurrent each) {
        recurrent(network, each);
      }
      shape = shape.after(layer);
    }
  }

  private void recurrent(Network network, Layer.Recurrent each) {
    int size = architecture.size();
    dense(network, each.name() + ".input", size, each.hidden(), true);
    dense(network, each.name() + ".hidden", each.hidden(), each.hidden(), false);
    for (int t = 0; each.normalized() && t < size; t++) {
      network.declareNorm(each.name() + ".bn." + t, each.hidden(), false);
    }
  }

  private void dense(Network network, String name, long inputs, long outputs, boolean hasBias) {
    HostTensor weight = uniform(outputs * inputs, inputs);
    @Nullable HostTensor bias = hasBias ? uniform(outputs, inputs) : null;
    network.declareWeights(name, weight, List.of(outputs, inputs), bias);
  }

  /** PyTorch's start of convolutions and dense layers. */
  private HostTensor uniform(long elements, long fanIn) {
    double bound = 1 / Math.sqrt((double) fanIn);
    HostTensor values = HostTensor.allocate(DataType.F32, elements);
    for (long i = 0; i < elements; i++) {
      values.set(i, random.nextDouble(-bound, bound));
    }
    return values;
  }
}
