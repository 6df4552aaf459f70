package io.github.bn4j.train.network;

/** One layer of a network; names are prefixes of parameters in a checkpoint. */
public sealed interface Layer {
  /**
   * A convolution with bias.
   *
   * @param relu true if {@code max(y, 0)} follows
   */
  record Convolution(String name, int outputs, int kernel, int stride, int padding, boolean relu)
      implements Layer {}

  /**
   * A dense layer with bias.
   *
   * @param relu true if {@code max(y, 0)} follows
   */
  record Dense(String name, int outputs, boolean relu) implements Layer {}

  /**
   * Batch normalization.
   *
   * @param relu true if {@code max(y, 0)} follows, computed in the same pass
   */
  record Norm(String name, boolean relu) implements Layer {}

  /** Maximum over square windows. */
  record MaxPool(int kernel, int stride) implements Layer {}

  /** Dropout. */
  record Dropout(double probability) implements Layer {}

  /**
   * A recurrent layer over the rows of an image: {@code h[t] = tanh(norm[t](input(x[t]) +
   * hidden(h[t-1])))}; the last h goes on.
   *
   * @param normalized true if each step has a batch normalization of its own
   */
  record Recurrent(String name, int hidden, boolean normalized) implements Layer {}
}
