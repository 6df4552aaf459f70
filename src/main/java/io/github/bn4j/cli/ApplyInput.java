package io.github.bn4j.cli;

import io.github.bn4j.io.NamedTensors;
import io.github.bn4j.io.StoredTensor;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.TensorShape;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The tensors of an input file, checked against each other. */
final class ApplyInput {
  private static final List<String> NAMES =
      List.of(
          "input",
          "grad_output",
          "residual",
          "weight",
          "bias",
          "running_mean",
          "running_var",
          "num_batches_tracked");

  private final NamedTensors tensors;
  private final StoredTensor input;
  private final TensorShape shape;
  private final DataType dataType;

  ApplyInput(NamedTensors tensors, Layout layout) {
    this.tensors = tensors;
    checkNames();
    this.input = required("input", "the activations");
    this.dataType = floatingPoint("input", input);
    if (input.shape().length < 2) {
      throw Failure.badInput(
          "input: expected at least 2 axes (batch, channels, spatial...), got %s; reshape it"
              .formatted(input));
    }
    this.shape = TensorShape.ofMemoryOrder(layout, input.shape());
    if (has("running_mean") != has("running_var")) {
      throw Failure.badInput(
          "%s: expected both running_mean and running_var or neither, got only one; add the other"
              .formatted(has("running_mean") ? "running_var" : "running_mean"));
    }
  }

  private void checkNames() {
    TreeSet<String> unknown = new TreeSet<>(tensors.tensors().keySet());
    NAMES.forEach(unknown::remove);
    if (!unknown.isEmpty()) {
      throw Failure.badInput(
          "--input: expected tensors named %s, got also %s; rename or remove them"
              .formatted(String.join(", ", NAMES), String.join(", ", unknown)));
    }
  }

  boolean has(String name) {
    return tensors.get(name) != null;
  }

  boolean hasRunning() {
    return has("running_mean");
  }

  TensorShape shape() {
    return shape;
  }

  DataType dataType() {
    return dataType;
  }

  /** Sizes of the activations as they are in the file. */
  long[] fileShape() {
    return input.shape();
  }

  private StoredTensor required(String name, String meaning) {
    StoredTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw Failure.badInput(
          "%s: expected a tensor of this name (%s) in --input, got %s"
              .formatted(name, meaning, tensors.tensors().keySet()));
    }
    return tensor;
  }

  private static DataType floatingPoint(String name, StoredTensor tensor) {
    DataType type = tensor.type().dataType();
    if (type == null || !type.isFloatingPoint()) {
      throw Failure.badInput(
          "%s: expected F32, F64, F16 or BF16, got %s; convert it".formatted(name, tensor));
    }
    return type;
  }

  /** The activations. */
  HostTensor x() {
    return input.values();
  }

  /** A tensor like the activations; null if there is none. */
  @Nullable HostTensor activations(String name) {
    return has(name) ? requiredActivations(name, "like input") : null;
  }

  /** A tensor like the activations. */
  HostTensor requiredActivations(String name, String meaning) {
    StoredTensor tensor = required(name, meaning);
    if (tensor.type() != input.type() || !Arrays.equals(tensor.shape(), input.shape())) {
      throw Failure.badInput(
          "%s: expected %s as input has, got %s; convert or reshape it"
              .formatted(name, input, tensor));
    }
    return tensor.values();
  }

  /**
   * A copy of a tensor of one value per channel, in the statistics' type; null if there is none.
   */
  @Nullable HostTensor perChannel(String name) {
    StoredTensor tensor = tensors.get(name);
    if (tensor == null) {
      return null;
    }
    floatingPoint(name, tensor);
    if (tensor.elements() != shape.channels()) {
      throw Failure.badInput(
          "%s: expected %d elements (channels of input %s), got %s; is --layout right?"
              .formatted(name, shape.channels(), input, tensor));
    }
    return tensor.values().convertedTo(dataType.statisticsType());
  }

  /** A copy of the batch counter; null if there is none. */
  @Nullable HostTensor counter() {
    StoredTensor tensor = tensors.get("num_batches_tracked");
    if (tensor == null) {
      return null;
    }
    if (tensor.type().dataType() != DataType.I64 || tensor.elements() != 1) {
      throw Failure.badInput(
          "num_batches_tracked: expected one I64 element, got " + tensor + "; convert it");
    }
    long count = tensor.values().getLong(0);
    if (count < 0 || count == Long.MAX_VALUE) {
      throw Failure.badInput(
          "num_batches_tracked: expected a number of batches >= 0, got " + count);
    }
    return HostTensor.of(count);
  }

  /** Sizes of a tensor as they are in the file. */
  long[] fileShape(String name) {
    return required(name, "an optional tensor").shape();
  }
}
