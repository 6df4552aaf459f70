package io.github.bn4j.io;

import io.github.bn4j.op.Convention;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Folds batch norms of a checkpoint into the layers before them. Which batch norm follows which
 * layer is not in the file, so the caller says it; so is whether a convolution is transposed.
 *
 * <p>The folded batch norms are gone from the result, and each layer they were folded into has a
 * bias: the network is to be built without the former and with the latter. Not thread-safe.
 */
public final class CheckpointFolding {
  private final Convention convention;
  private final double epsilon;
  private final NamedTensors source;
  private final Map<String, StoredTensor> tensors;
  private final List<Folded> done = new ArrayList<>();

  /**
   * What became of one pair.
   *
   * @param layer prefix of the convolution or linear layer, without the separator
   * @param batchNorm prefix of the batch norm, likewise
   * @param biasAdded true if the layer had no bias
   */
  public record Folded(
      String layer,
      String batchNorm,
      StoredTensor weight,
      boolean biasAdded,
      BatchNormFolding.Deviation deviation) {}

  /**
   * Starts with all batch norms in place.
   *
   * @param epsilon what the network adds to the variance
   */
  public CheckpointFolding(Convention convention, NamedTensors source, double epsilon) {
    CheckpointNames.of(convention);
    this.convention = convention;
    this.source = source;
    this.epsilon = epsilon;
    this.tensors = new LinkedHashMap<>(source.tensors());
  }

  /**
   * Folds one batch norm.
   *
   * @param layer prefix of the layer before it, with or without the separator
   * @param batchNorm its own prefix, likewise
   * @param transposed true if the layer is a transposed convolution
   * @throws IllegalArgumentException if one of them is not there or was folded already, or they do
   *     not go together
   */
  public Folded fold(String layer, String batchNorm, boolean transposed) {
    Checkpoint found =
        Checkpoint.of(convention, new NamedTensors(tensors, source.metadata()), List.of(batchNorm));
    CheckpointLayer norm = found.layer(batchNorm);
    String weightName = weightName(layer);
    String prefix = weightName.substring(0, weightName.length() - lastPart(weightName).length());
    String label = prefix.isEmpty() ? "(top)" : prefix.substring(0, prefix.length() - 1);
    refuseSecond(label, norm.label());
    StoredTensor weight = Objects.requireNonNull(tensors.get(weightName));
    StoredTensor bias = tensors.get(prefix + biasName());
    BatchNormFolding.Folded folded;
    try {
      folded =
          new BatchNormFolding(norm, epsilon)
              .fold(weight, bias, WeightLayout.of(convention, transposed));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s and %s: %s".formatted(label, norm.label(), e.getMessage()), e);
    }
    tensors.keySet().retainAll(found.others().tensors().keySet());
    tensors.put(weightName, folded.weight());
    tensors.put(prefix + biasName(), folded.bias());
    Folded report =
        new Folded(label, norm.label(), folded.weight(), bias == null, folded.deviation());
    done.add(report);
    return report;
  }

  private void refuseSecond(String layer, String batchNorm) {
    for (Folded earlier : done) {
      if (earlier.layer.equals(layer)) {
        throw new IllegalArgumentException(
            "layer \"%s\": expected one batch norm to fold into it, got \"%s\" and \"%s\""
                .formatted(layer, earlier.batchNorm, batchNorm));
      }
    }
  }

  private String weightName(String layer) {
    List<String> tried = new ArrayList<>();
    for (String last : weightNames()) {
      List<String> separators = layer.isEmpty() ? List.of("") : List.of("", ".", "/");
      for (String separator : separators) {
        boolean separated = !separator.isEmpty() || layer.isEmpty();
        if (separated || layer.endsWith(".") || layer.endsWith("/")) {
          tried.add(layer + separator + last);
        }
      }
    }
    for (String name : tried) {
      if (tensors.containsKey(name)) {
        return name;
      }
    }
    throw new IllegalArgumentException(
        "layer \"%s\": expected weights named one of %s, got none".formatted(layer, tried));
  }

  private static String lastPart(String name) {
    return name.substring(Math.max(name.lastIndexOf('.'), name.lastIndexOf('/')) + 1);
  }

  /**
   * What the framework calls weights; a separable layer's batch norm follows its pointwise part.
   */
  private List<String> weightNames() {
    return switch (convention) {
      case PYTORCH -> List.of("weight");
      case ONNX -> List.of("W");
      case KERAS -> List.of("kernel", "pointwise_kernel", "depthwise_kernel");
      default -> List.of("kernel");
    };
  }

  private String biasName() {
    return convention == Convention.ONNX ? "B" : "bias";
  }

  /** The checkpoint with what was folded so far. */
  public NamedTensors result() {
    return new NamedTensors(tensors, source.metadata());
  }
}
