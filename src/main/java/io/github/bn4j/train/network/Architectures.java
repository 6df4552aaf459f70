package io.github.bn4j.train.network;

import io.github.bn4j.train.network.Layer.Convolution;
import io.github.bn4j.train.network.Layer.Dense;
import io.github.bn4j.train.network.Layer.Dropout;
import io.github.bn4j.train.network.Layer.MaxPool;
import io.github.bn4j.train.network.Layer.Norm;
import io.github.bn4j.train.network.Layer.Recurrent;
import java.util.ArrayList;
import java.util.List;

/** The networks that introductions to batch normalization use, for images of one channel. */
public final class Architectures {
  /** Height and width of the images of MNIST and Fashion-MNIST. */
  public static final int IMAGE = 28;

  /** From this size on, {@code deep} has AlexNet's strides and widths. */
  private static final int LARGE = 64;

  private static final int CLASSES = 10;
  private static final List<String> NAMES = List.of("mlp", "mlp-wide", "cnn", "deep", "rnn");

  private Architectures() {}

  /** Height and width of images that a network takes unless told otherwise. */
  public static int defaultSize(String name) {
    return name.equals("deep") ? 32 : IMAGE;
  }

  /**
   * A network.
   *
   * @param size height and width of the images; only {@code deep} takes others than 28
   * @param normalized false to leave the batch normalizations out
   * @throws IllegalArgumentException for an unknown name or a size that does not fit
   */
  public static Architecture of(String name, int size, boolean normalized) {
    if (!NAMES.contains(name)) {
      throw new IllegalArgumentException(
          "network: expected one of %s, got \"%s\"".formatted(String.join(", ", NAMES), name));
    }
    int least = name.equals("deep") ? 32 : IMAGE;
    if (size < least || (size > IMAGE && !name.equals("deep"))) {
      throw new IllegalArgumentException(
          "size: expected %s for %s, got %d"
              .formatted(name.equals("deep") ? "at least 32" : "28", name, size));
    }
    List<Layer> layers = new ArrayList<>();
    switch (name) {
      case "mlp" -> {
        denseBlock(layers, 1, 64, normalized);
        denseBlock(layers, 2, 64, normalized);
        layers.add(new Dense("fc3", CLASSES, false));
      }
      case "mlp-wide" -> {
        denseBlock(layers, 1, 50, normalized);
        layers.add(new Dense("fc2", CLASSES, false));
      }
      case "cnn" -> cnn(layers, normalized);
      case "deep" -> deep(layers, size, normalized);
      default -> {
        layers.add(new Recurrent("rnn", 128, normalized));
        layers.add(new Dense("fc", CLASSES, false));
      }
    }
    return new Architecture(name, size, CLASSES, layers);
  }

  /** Dense, batch normalization, ReLU. */
  private static void denseBlock(List<Layer> layers, int number, int outputs, boolean normalized) {
    layers.add(new Dense("fc" + number, outputs, !normalized));
    if (normalized) {
      layers.add(new Norm("bn" + number, true));
    }
  }

  /** Normalizes after the activation, as the introductory network that it follows. */
  private static void cnn(List<Layer> layers, boolean normalized) {
    layers.add(new Convolution("conv1", 32, 3, 1, 0, true));
    if (normalized) {
      layers.add(new Norm("bn1", false));
    }
    layers.add(new MaxPool(2, 2));
    layers.add(new Convolution("conv2", 64, 3, 1, 0, true));
    if (normalized) {
      layers.add(new Norm("bn2", false));
    }
    layers.add(new MaxPool(2, 2));
    layers.add(new Convolution("conv3", 64, 3, 1, 0, true));
    layers.add(new Dense("fc1", 64, true));
    layers.add(new Dense("fc2", CLASSES, false));
  }

  /**
   * AlexNet's stack (torchvision's widths) with batch normalization after each convolution and wide
   * dense layer. Small images get small kernels and no stride, and dense layers of 1024.
   */
  private static void deep(List<Layer> layers, int size, boolean normalized) {
    boolean large = size >= LARGE;
    MaxPool pool = large ? new MaxPool(3, 2) : new MaxPool(2, 2);
    convolutionBlock(
        layers, large ? convolution(1, 64, 11, 4, 2) : convolution(1, 64, 3, 1, 1), normalized);
    layers.add(pool);
    convolutionBlock(
        layers, large ? convolution(2, 192, 5, 1, 2) : convolution(2, 192, 3, 1, 1), normalized);
    layers.add(pool);
    convolutionBlock(layers, convolution(3, 384, 3, 1, 1), normalized);
    convolutionBlock(layers, convolution(4, 256, 3, 1, 1), normalized);
    convolutionBlock(layers, convolution(5, 256, 3, 1, 1), normalized);
    layers.add(pool);
    int wide = large ? 4096 : 1024;
    for (int number = 1; number <= 2; number++) {
      layers.add(new Dense("fc" + number, wide, !normalized));
      if (normalized) {
        layers.add(new Norm("bn" + (5 + number), true));
      }
      layers.add(new Dropout(0.5));
    }
    layers.add(new Dense("fc3", CLASSES, false));
  }

  private static Convolution convolution(
      int number, int outputs, int kernel, int stride, int padding) {
    return new Convolution("conv" + number, outputs, kernel, stride, padding, false);
  }

  /** Convolution, batch normalization, ReLU. */
  private static void convolutionBlock(List<Layer> layers, Convolution like, boolean normalized) {
    layers.add(
        new Convolution(
            like.name(),
            like.outputs(),
            like.kernel(),
            like.stride(),
            like.padding(),
            !normalized));
    if (normalized) {
      layers.add(new Norm("bn" + like.name().substring("conv".length()), true));
    }
  }
}
