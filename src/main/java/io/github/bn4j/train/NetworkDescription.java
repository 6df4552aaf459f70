package io.github.bn4j.train;

import io.github.bn4j.io.NamedTensors;
import io.github.bn4j.train.network.Architecture;
import io.github.bn4j.train.network.Architectures;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which network a checkpoint is of, as its metadata say it.
 *
 * @param network name of the architecture
 * @param size height and width of its images
 * @param normalized whether it was trained with batch normalization
 * @param data name of the data set that it was trained on
 */
public record NetworkDescription(String network, int size, boolean normalized, String data) {
  private static final String NETWORK = "bn4j.network";
  private static final String SIZE = "bn4j.size";
  private static final String NORMALIZED = "bn4j.normalized";
  private static final String DATA = "bn4j.data";

  static NetworkDescription of(Architecture architecture, String data) {
    return new NetworkDescription(
        architecture.name(), architecture.size(), architecture.isNormalized(), data);
  }

  /**
   * The description in a file.
   *
   * @throws IllegalArgumentException if it has none
   */
  public static NetworkDescription read(Path file, NamedTensors tensors) {
    Map<String, String> metadata = tensors.metadata();
    String network = metadata.get(NETWORK);
    String size = metadata.get(SIZE);
    if (network == null || size == null || !size.matches("[0-9]{1,4}")) {
      throw new IllegalArgumentException(
          "%s: expected a checkpoint of `bn4j train`, whose metadata name the network, got %s"
              .formatted(file, metadata.keySet()));
    }
    return new NetworkDescription(
        network,
        Integer.parseInt(size),
        Boolean.parseBoolean(metadata.get(NORMALIZED)),
        metadata.getOrDefault(DATA, "embedded"));
  }

  Map<String, String> metadata() {
    Map<String, String> metadata = new TreeMap<>();
    metadata.put(NETWORK, network);
    metadata.put(SIZE, Integer.toString(size));
    metadata.put(NORMALIZED, Boolean.toString(normalized));
    metadata.put(DATA, data);
    return metadata;
  }

  /**
   * The network to load the tensors into. If it was trained with batch normalization and the
   * tensors have none, they were folded into the layers before.
   *
   * @throws IllegalArgumentException if that cannot be, since an activation stands between
   */
  public Architecture architecture(NamedTensors tensors) {
    Architecture trained = Architectures.of(network, size, normalized);
    boolean hasNorms =
        tensors.tensors().keySet().stream().anyMatch(name -> name.endsWith("running_mean"));
    if (hasNorms || !normalized) {
      return trained;
    }
    if (!trained.isFoldable()) {
      throw new IllegalArgumentException(
          "checkpoint: expected the batch norms of %s, got none; they cannot be folded, since an activation stands between them and the layers before"
              .formatted(network));
    }
    return Architectures.of(network, size, false);
  }
}
