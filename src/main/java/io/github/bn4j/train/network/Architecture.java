package io.github.bn4j.train.network;

import java.util.List;

/**
 * A network without its parameters.
 *
 * @param name as on the command line
 * @param size height and width of the images it takes, of one channel
 * @param classes outputs of the last layer
 * @param layers in order
 */
public record Architecture(String name, int size, int classes, List<Layer> layers) {
  /** Copies the list. */
  public Architecture {
    layers = List.copyOf(layers);
  }

  /** True if a batch has to be laid out rows of images first: row x image x column. */
  public boolean rowsFirst() {
    return layers.get(0) instanceof Layer.Recurrent;
  }

  /** True if there is a batch normalization. */
  public boolean isNormalized() {
    return layers.stream()
        .anyMatch(
            layer ->
                layer instanceof Layer.Norm
                    || (layer instanceof Layer.Recurrent recurrent && recurrent.normalized()));
  }

  /** True if each batch normalization can be folded into the layer right before it. */
  public boolean isFoldable() {
    for (int i = 0; i < layers.size(); i++) {
      if (layers.get(i) instanceof Layer.Norm && !isLinear(layers.get(i - 1))) {
        return false;
      }
      if (layers.get(i) instanceof Layer.Recurrent) {
        return false;
      }
    }
    return true;
  }

  private static boolean isLinear(Layer layer) {
    return (layer instanceof Layer.Convolution convolution && !convolution.relu())
        || (layer instanceof Layer.Dense dense && !dense.relu());
  }
}
