package io.github.bn4j.io;

import io.github.bn4j.op.HostTensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a safetensors file holds: tensors by name, and metadata. Immutable but for the tensors'
 * elements.
 *
 * @param tensors in the order in which they were read or put
 * @param metadata texts by key; empty if the file has none
 */
public record NamedTensors(Map<String, StoredTensor> tensors, Map<String, String> metadata) {
  /** Copies both maps; the order of the tensors is kept. */
  public NamedTensors {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    metadata = Collections.unmodifiableMap(new TreeMap<>(metadata));
  }

  /** An empty builder. */
  public static Builder builder() {
    return new Builder();
  }

  /** The tensor of a name; null if there is none. */
  public @Nullable StoredTensor get(String name) {
    return tensors.get(name);
  }

  /** Collects tensors and metadata; each method returns the builder. */
  public static final class Builder {
    private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata = new TreeMap<>();

    private Builder() {}

    /**
     * Adds a tensor.
     *
     * @throws IllegalArgumentException if there is one of this name already
     */
    public Builder put(String name, StoredTensor tensor) {
      if (tensors.putIfAbsent(name, tensor) != null) {
        throw new IllegalArgumentException(
            "tensors: expected names that differ, got two of \"" + name + "\"");
      }
      return this;
    }

    /**
     * Adds a tensor without a copy.
     *
     * @param shape sizes in memory order; none for a scalar
     * @throws IllegalArgumentException if there is one of this name already, or the sizes are wrong
     */
    public Builder put(String name, HostTensor values, long... shape) {
      return put(name, StoredTensor.of(values, shape));
    }

    /** Sets a text of the metadata. */
    public Builder metadata(String key, String text) {
      metadata.put(key, text);
      return this;
    }

    /** What was collected. */
    public NamedTensors build() {
      return new NamedTensors(tensors, metadata);
    }
  }
}
