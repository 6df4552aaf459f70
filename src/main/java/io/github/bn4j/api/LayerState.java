package io.github.bn4j.api;

import io.github.bn4j.backend.Memory;
import io.github.bn4j.io.CheckpointNames;
import io.github.bn4j.io.NamedTensors;
import io.github.bn4j.io.StoredTensor;
import io.github.bn4j.op.Convention;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a layer has learned, by PyTorch's names, to and from the host. */
final class LayerState {
  private static final CheckpointNames NAMES = CheckpointNames.of(Convention.PYTORCH);
  private static final String COUNTER = Objects.requireNonNull(NAMES.batches());

  /** The layer's tensors of one value per channel; null for those it does not have. */
  private final Map<String, @Nullable Tensor> perChannel = new LinkedHashMap<>();

  private final @Nullable Tensor counter;
  private final Memory memory;

  LayerState(LayerTensors tensors, Memory memory) {
    RunningStatistics running = tensors.running();
    perChannel.put(NAMES.scale(), tensors.gamma());
    perChannel.put(NAMES.shift(), tensors.beta());
    perChannel.put(NAMES.mean(), running == null ? null : running.mean());
    perChannel.put(NAMES.variance(), running == null ? null : running.variance());
    this.counter = running == null ? null : running.batches();
    this.memory = memory;
  }

  NamedTensors read(String prefix) {
    NamedTensors.Builder state = NamedTensors.builder();
    perChannel.forEach(
        (name, tensor) -> {
          if (tensor != null) {
            state.put(prefix + name, memory.toHost(tensor), tensor.elements());
          }
        });
    if (counter != null) {
      state.put(prefix + COUNTER, memory.toHost(counter));
    }
    return state.build();
  }

  /** Checks everything before it changes anything. */
  void write(NamedTensors state, String prefix) {
    Map<Tensor, HostTensor> writes = new LinkedHashMap<>();
    perChannel.forEach(
        (name, tensor) -> {
          StoredTensor stored = state.get(prefix + name);
          if (tensor != null) {
            writes.put(tensor, converted(prefix + name, stored, tensor, state));
          } else if (stored != null) {
            throw new IllegalArgumentException(
                "%s%s: expected none, since the layer has none, got %s; build the layer with it"
                    .formatted(prefix, name, stored));
          }
        });
    if (counter != null) {
      writes.put(counter, HostTensor.of(batches(prefix + COUNTER, state)));
    }
    writes.forEach(memory::write);
  }

  private static HostTensor converted(
      String name, @Nullable StoredTensor stored, Tensor like, NamedTensors state) {
    if (stored == null) {
      throw new IllegalArgumentException(
          "%s: expected a tensor of this name, got none; there are %s"
              .formatted(name, state.tensors().keySet()));
    }
    DataType type = stored.type().dataType();
    if (type == null || !type.isFloatingPoint() || stored.elements() != like.elements()) {
      throw new IllegalArgumentException(
          "%s: expected %d floating-point elements (channels), got %s"
              .formatted(name, like.elements(), stored));
    }
    return stored.values().convertedTo(like.dataType());
  }

  /** 0 where a file has no counter, as those of other frameworks. */
  private static long batches(String name, NamedTensors state) {
    StoredTensor stored = state.get(name);
    if (stored == null) {
      return 0;
    }
    if (stored.type().dataType() != DataType.I64 || stored.elements() != 1) {
      throw new IllegalArgumentException(name + ": expected one I64 element, got " + stored);
    }
    return stored.values().getLong(0);
  }
}
