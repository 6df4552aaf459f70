package io.github.bn4j.train.engine;

import io.github.bn4j.op.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of softmax with cross-entropy, the mean over the batch of {@code -log
 * softmax(logits)[label]}.
 *
 * @param batch rows of the logits
 * @param classes columns of the logits
 * @param logits f32, batch x classes
 * @param labels u8, one per row, below {@code classes}
 * @param dLogits where {@code (softmax - onehot) / batch} is written; null in an evaluation
 * @param totals f64, 2 elements; the forward pass adds to the first the sum of the losses of all
 *     rows, to the second the number of rows whose first maximum is at the label; both summed in
 *     double in the order of the rows or in a fixed tree
 */
public record LossTensors(
    int batch, int classes, Tensor logits, Tensor labels, @Nullable Tensor dLogits, Tensor totals) {
  /** Checks the sizes. */
  public LossTensors {
    Sizes.positive("batch", batch);
    Sizes.positive("classes", classes);
    if (logits.elements() != (long) batch * classes
        || labels.elements() != batch
        || (dLogits != null && dLogits.elements() != logits.elements())
        || totals.elements() != 2) {
      throw new IllegalArgumentException(
          "loss: expected %d x %d logits and gradients, %d labels and 2 totals, got %d, %d and %d"
              .formatted(
                  batch, classes, batch, logits.elements(), labels.elements(), totals.elements()));
    }
  }
}
