package io.github.bn4j.verify;

import io.github.bn4j.io.NamedTensors;
import io.github.bn4j.io.StoredTensor;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.TensorShape;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One sample made with PyTorch.
 *
 * @param name of the sample
 * @param spec what was computed
 * @param inputs what it was computed from; a dy of zeros where the sample has no backward pass
 * @param expected what came out
 * @param tolerance relative to the largest expected value of a tensor, or to 1 if that is larger
 */
public record GoldenSample(
    String name,
    BatchNormSpec spec,
    CaseInputs inputs,
    Map<Quantity, HostTensor> expected,
    double tolerance) {

  /** Puts a sample together from its line in the list and its two files. */
  static GoldenSample of(GoldenLine line, NamedTensors given, NamedTensors wanted) {
    StoredTensor x = required(line, given, "input");
    BatchNormSpec spec =
        line.spec(TensorShape.ofMemoryOrder(line.layout(), x.shape()))
            .dataType(x.values().dataType())
            .affine(given.get("weight") != null, given.get("bias") != null)
            .trackRunningStatistics(given.get("running_mean") != null)
            .residual(given.get("residual") != null)
            .build();
    Map<Quantity, HostTensor> expected = new EnumMap<>(Quantity.class);
    for (Quantity quantity : Quantity.values()) {
      HostTensor values = values(wanted, nameOf(quantity));
      if (values != null) {
        expected.put(quantity, values);
      }
    }
    return new GoldenSample(line.name(), spec, inputs(spec, given, x), expected, line.tolerance());
  }

  private static CaseInputs inputs(BatchNormSpec spec, NamedTensors given, StoredTensor x) {
    HostTensor dy = values(given, "grad_output");
    DataType type = spec.statisticsType();
    return new CaseInputs(
        x.values(),
        values(given, "residual"),
        dy == null ? HostTensor.allocate(spec.dataType(), x.elements()) : dy,
        widened(type, values(given, "weight")),
        widened(type, values(given, "bias")),
        widened(type, values(given, "running_mean")),
        widened(type, values(given, "running_var")),
        values(given, "num_batches_tracked"));
  }

  /** The name in a sample's files; the quantity's own if it has none there. */
  private static String nameOf(Quantity quantity) {
    return switch (quantity) {
      case Y -> "output";
      case SAVED_MEAN -> "save_mean";
      case SAVED_INV_STD -> "save_invstd";
      case RUNNING_MEAN -> "running_mean";
      case RUNNING_VARIANCE -> "running_var";
      case BATCHES -> "num_batches_tracked";
      case DX -> "grad_input";
      case D_RESIDUAL -> "grad_residual";
      case D_GAMMA -> "grad_weight";
      case D_BETA -> "grad_bias";
      case SKIPPED -> quantity.label();
    };
  }

  private static StoredTensor required(GoldenLine line, NamedTensors tensors, String name) {
    StoredTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalStateException(
          line.name() + ".in.safetensors: expected a tensor \"" + name + "\", got none");
    }
    return tensor;
  }

  private static @Nullable HostTensor values(NamedTensors tensors, String name) {
    StoredTensor tensor = tensors.get(name);
    return tensor == null ? null : tensor.values();
  }

  /** PyTorch's parameters are f32 even beside f64 data. */
  private static @Nullable HostTensor widened(DataType type, @Nullable HostTensor values) {
    if (values == null || values.dataType() == type) {
      return values;
    }
    HostTensor wide = HostTensor.allocate(type, values.elements());
    for (long i = 0; i < values.elements(); i++) {
      wide.set(i, values.get(i));
    }
    return wide;
  }

  /** What the sample has in common with others: {@code PyTorch f32}. */
  public String group() {
    return "PyTorch " + spec.dataType().label();
  }

  /** Compares a backend's results with PyTorch's. */
  Map<Quantity, Comparison> compare(Map<Quantity, HostTensor> actual) {
    Map<Quantity, Comparison> comparisons = new EnumMap<>(Quantity.class);
    expected.forEach(
        (quantity, wanted) -> {
          HostTensor result = actual.get(quantity);
          if (result == null) {
            throw new IllegalArgumentException(
                "results: expected " + quantity.label() + ", got none");
          }
          double largest = 1;
          for (long i = 0; i < wanted.elements(); i++) {
            largest = Math.max(largest, Math.abs(wanted.get(i)));
          }
          Bound bound =
              quantity == Quantity.BATCHES ? Bound.EXACT : Bound.of(tolerance * largest, 0);
          comparisons.put(quantity, Comparison.of(wanted, result, bound));
        });
    return comparisons;
  }

  /** The sample as a case to run. */
  Case asCase() {
    return Case.of(spec);
  }

  /** True if the sample has a backward pass. */
  public boolean hasBackward() {
    return spec.mode() != Mode.INFERENCE && expected.containsKey(Quantity.DX);
  }
}
