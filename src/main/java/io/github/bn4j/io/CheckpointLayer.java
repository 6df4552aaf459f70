package io.github.bn4j.io;

import io.github.bn4j.op.DataType;
import org.jspecify.annotations.Nullable;

/**
 * One batch norm in a checkpoint.
 *
 * @param prefix what stands before the names of its tensors, with the separator: {@code
 *     "layer1.bn."}, or nothing
 * @param scale gamma, one element per channel; null if the layer has none
 * @param shift beta, likewise
 * @param mean running mean, one element per channel
 * @param variance running variance, likewise
 * @param batches one I64 element, the batches seen so far; null if the checkpoint has none
 */
public record CheckpointLayer(
    String prefix,
    @Nullable StoredTensor scale,
    @Nullable StoredTensor shift,
    StoredTensor mean,
    StoredTensor variance,
    @Nullable StoredTensor batches) {

  /**
   * Checks types and sizes.
   *
   * @throws IllegalArgumentException unless all are vectors of floating-point elements of one
   *     length, and the counter is one I64
   */
  public CheckpointLayer {
    long channels = mean.elements();
    check(prefix, "mean", mean, channels);
    check(prefix, "variance", variance, channels);
    check(prefix, "scale", scale, channels);
    check(prefix, "shift", shift, channels);
    if (batches != null && (batches.type() != ElementType.I64 || batches.elements() != 1)) {
      throw new IllegalArgumentException(
          "layer \"%s\": expected a counter of batches I64 [], got %s".formatted(prefix, batches));
    }
  }

  private static void check(
      String prefix, String what, @Nullable StoredTensor tensor, long channels) {
    if (tensor == null) {
      return;
    }
    DataType type = tensor.type().dataType();
    boolean vector = tensor.shape().length == 1 && tensor.elements() == channels && channels > 0;
    if (!vector || type == null || !type.isFloatingPoint()) {
      throw new IllegalArgumentException(
          "layer \"%s\": expected a %s of one floating-point element per channel (%d), got %s; if it is no batch norm, name the layers that are"
              .formatted(prefix, what, channels, tensor));
    }
  }

  /** Number of channels. */
  public long channels() {
    return mean.elements();
  }

  /** Batches seen so far; -1 if the checkpoint does not say. */
  long batchCount() {
    return batches == null ? -1 : batches.values().getLong(0);
  }

  /**
   * True if mean and variance are still what every framework begins with. The counter is no proof,
   * since a conversion sets it to 0.
   */
  boolean isUntrained() {
    for (long c = 0; c < channels(); c++) {
      if (mean.values().get(c) != 0 || variance.values().get(c) != 1) {
        return false;
      }
    }
    return true;
  }

  /** The prefix without its separator; {@code (top)} for a layer without one. */
  public String label() {
    return prefix.isEmpty() ? "(top)" : prefix.substring(0, prefix.length() - 1);
  }
}
