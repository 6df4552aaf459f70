package io.github.bn4j.io;

import io.github.bn4j.op.Convention;
import org.jspecify.annotations.Nullable;

/**
 * What a framework calls the tensors of a batch norm in its checkpoints, after the layer's prefix.
 *
 * @param scale gamma
 * @param shift beta
 * @param mean running mean
 * @param variance running variance
 * @param batches counter of batches; null where the framework has none
 */
public record CheckpointNames(
    String scale, String shift, String mean, String variance, @Nullable String batches) {
  private static final CheckpointNames PYTORCH =
      new CheckpointNames("weight", "bias", "running_mean", "running_var", "num_batches_tracked");
  private static final CheckpointNames KERAS =
      new CheckpointNames("gamma", "beta", "moving_mean", "moving_variance", null);
  private static final CheckpointNames ONNX =
      new CheckpointNames("scale", "B", "input_mean", "input_var", null);
  private static final CheckpointNames FLAX =
      new CheckpointNames("scale", "bias", "mean", "var", null);

  /**
   * The names of a framework.
   *
   * @throws IllegalArgumentException for CUDNN and TF_FUSED, which are calls and have no
   *     checkpoints
   */
  public static CheckpointNames of(Convention convention) {
    return switch (convention) {
      case PYTORCH -> PYTORCH;
      case KERAS -> KERAS;
      case ONNX -> ONNX;
      case FLAX -> FLAX;
      case CUDNN, TF_FUSED ->
          throw new IllegalArgumentException(
              "convention: expected one with checkpoints (pytorch, keras, onnx, flax), got "
                  + convention.label());
    };
  }
}
