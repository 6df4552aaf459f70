package io.github.bn4j.io;

import io.github.bn4j.op.Convention;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where the output channels lie in the weights of a convolution or linear layer. O is output, I is
 * input channels, K the kernel's positions.
 */
public enum WeightLayout {
  /** {@code O, I/groups, K...}: PyTorch's and ONNX's convolutions and linear layers. */
  OUTPUT_FIRST,
  /** {@code I, O/groups, K...}: PyTorch's and ONNX's transposed convolutions. */
  INPUT_FIRST,
  /**
   * {@code K..., I/groups, O}: Keras's and Flax's convolutions and dense layers, Flax's transposed
   * convolutions; also Keras's depthwise kernel {@code K..., I, multiplier}, O being the product of
   * the last two.
   */
  OUTPUT_LAST,
  /** {@code K..., O, I}: Keras's transposed convolutions. */
  OUTPUT_BEFORE_INPUT;

  /**
   * The layout a framework uses.
   *
   * @param transposed true for a transposed convolution, which the weights do not show
   * @throws IllegalArgumentException for CUDNN and TF_FUSED, which have no checkpoints
   */
  public static WeightLayout of(Convention convention, boolean transposed) {
    CheckpointNames.of(convention);
    return switch (convention) {
      case KERAS -> transposed ? OUTPUT_BEFORE_INPUT : OUTPUT_LAST;
      case FLAX -> OUTPUT_LAST;
      default -> transposed ? INPUT_FIRST : OUTPUT_FIRST;
    };
  }

  /** Finds the output channel of each weight. */
  interface ChannelOf {
    /** The output channel of the weight at a place in memory. */
    int at(long index);
  }

  /**
   * The output channel of each weight.
   *
   * @throws IllegalArgumentException if weights of these sizes cannot have so many output channels
   */
  ChannelOf channels(long[] shape, long channels) {
    int leastRank = this == OUTPUT_FIRST || this == OUTPUT_LAST ? 2 : 3;
    boolean filled = Arrays.stream(shape).allMatch(size -> size > 0);
    ChannelOf found = filled && shape.length >= leastRank ? find(shape, channels) : null;
    if (found == null) {
      throw new IllegalArgumentException(
          "weight: expected sizes %s with %d output channels, got %s; say whether the convolution is transposed, and check which batch norm follows it"
              .formatted(sizes(), channels, Arrays.toString(shape)));
    }
    return found;
  }

  private @Nullable ChannelOf find(long[] shape, long channels) {
    int rank = shape.length;
    return switch (this) {
      case OUTPUT_FIRST -> {
        long perChannel = product(shape, 1, rank);
        yield shape[0] == channels ? index -> (int) (index / perChannel) : null;
      }
      case INPUT_FIRST -> inputFirst(shape, channels);
      case OUTPUT_LAST ->
          shape[rank - 1] == channels || product(shape, rank - 2, rank) == channels
              ? index -> (int) (index % channels)
              : null;
      case OUTPUT_BEFORE_INPUT -> {
        long inputs = shape[rank - 1];
        yield shape[rank - 2] == channels ? index -> (int) (index / inputs % channels) : null;
      }
    };
  }

  /** Group g has the g-th run of inputs and the g-th run of outputs. */
  private static @Nullable ChannelOf inputFirst(long[] shape, long channels) {
    long perGroup = shape[1];
    long groups = channels / perGroup;
    if (channels % perGroup != 0 || shape[0] % groups != 0) {
      return null;
    }
    long kernel = product(shape, 2, shape.length);
    long inputsPerGroup = shape[0] / groups;
    return index -> {
      long group = index / (kernel * perGroup) / inputsPerGroup;
      return (int) (group * perGroup + index / kernel % perGroup);
    };
  }

  private String sizes() {
    return switch (this) {
      case OUTPUT_FIRST -> "[O, I/groups, K...]";
      case INPUT_FIRST -> "[I, O/groups, K...]";
      case OUTPUT_LAST -> "[K..., I/groups, O]";
      case OUTPUT_BEFORE_INPUT -> "[K..., O, I]";
    };
  }

  private static long product(long[] shape, int from, int to) {
    return Arrays.stream(shape, from, to).reduce(1, (a, b) -> a * b);
  }
}
