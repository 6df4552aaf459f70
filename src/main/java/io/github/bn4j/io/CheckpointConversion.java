package io.github.bn4j.io;

import io.github.bn4j.op.AverageFactor;
import io.github.bn4j.op.Convention;
import io.github.bn4j.op.HostTensor;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Turns a checkpoint from one framework's convention into another's, and says what it did.
 *
 * <ul>
 *   <li>Names: {@link CheckpointNames}. Other tensors keep theirs.
 *   <li>Running variance: PyTorch stores {@code v * m / (m - 1)}, the others {@code v}, so it is
 *       multiplied by {@code (m - 1) / m} or its inverse. The file does not hold m, the values per
 *       channel of a training batch (batch times spatial positions): the caller gives it, or asks
 *       to keep the variance as it is. A layer that has seen no batch (mean 0, variance 1) keeps
 *       its initial variance. The correction assumes that the initial value has been averaged away,
 *       as it is after some hundred batches.
 *   <li>Momentum and epsilon are not in the file: they are reported in the target's meaning.
 *   <li>The counter of batches exists in PyTorch only. It is lost, or set.
 *   <li>Scale and shift: PyTorch has both or none and ONNX always has both, so a missing one is
 *       written as ones or zeros, which computes the same.
 * </ul>
 *
 * Not thread-safe while options are set.
 */
public final class CheckpointConversion {
  /** Far fewer than a double has, so that {@code 1 - 0.99} reads 0.01. */
  private static final MathContext MOMENTUM_DIGITS = new MathContext(12);

  private final Convention to;
  private final Map<String, Long> valuesPerChannel = new HashMap<>();
  private long valuesPerChannelElsewhere;
  private boolean keepVariance;
  private @Nullable AverageFactor averageFactor;
  private OptionalDouble epsilon = OptionalDouble.empty();
  private long batches = -1;

  /**
   * A conversion into a framework's convention.
   *
   * @throws IllegalArgumentException for CUDNN and TF_FUSED
   */
  public CheckpointConversion(Convention to) {
    CheckpointNames.of(to);
    this.to = to;
  }

  /**
   * What was done.
   *
   * @param checkpoint in the target's convention
   * @param notes about all layers: momentum and epsilon
   * @param layers what became of each layer
   */
  public record Result(Checkpoint checkpoint, List<String> notes, List<LayerChange> layers) {}

  /**
   * What became of one layer.
   *
   * @param label its prefix, without the separator
   * @param varianceFactor what the running variance was multiplied by; 1 where it was kept
   * @param notes one line each
   */
  public record LayerChange(
      String label, long channels, double varianceFactor, List<String> notes) {}

  /**
   * Values per channel of a training batch in layers for which none other are given; at least 2.
   */
  public CheckpointConversion valuesPerChannel(long m) {
    valuesPerChannelElsewhere = checked(m);
    return this;
  }

  /** Values per channel of a training batch in one layer; at least 2. */
  public CheckpointConversion valuesPerChannel(String label, long m) {
    valuesPerChannel.put(label, checked(m));
    return this;
  }

  private static long checked(long m) {
    if (m < 2) {
      throw new IllegalArgumentException(
          "valuesPerChannel: expected at least 2 (batch times spatial positions), got " + m);
    }
    return m;
  }

  /** Keeps running variances as they are, though the target means another one by them. */
  public CheckpointConversion keepVariance(boolean value) {
    keepVariance = value;
    return this;
  }

  /** Weight of the new value that training used; the source's default if not given. */
  public CheckpointConversion averageFactor(AverageFactor value) {
    averageFactor = value;
    return this;
  }

  /** Epsilon that training used; the source's default if not given. */
  public CheckpointConversion epsilon(double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(
          "epsilon: expected a finite number > 0 (1e-5 is usual), got " + value);
    }
    epsilon = OptionalDouble.of(value);
    return this;
  }

  /** The count of batches to write where the source has none. */
  public CheckpointConversion batches(long value) {
    if (value < 0) {
      throw new IllegalArgumentException("batches: expected a count >= 0, got " + value);
    }
    batches = value;
    return this;
  }

  /**
   * Converts.
   *
   * @throws IllegalArgumentException for what cannot be known or expressed, with the reason and
   *     what to give
   */
  public Result convert(Checkpoint source) {
    valuesPerChannel.keySet().forEach(source::layer);
    List<String> notes = new ArrayList<>();
    AverageFactor factor = factor(source.convention());
    notes.add(momentumNote(source.convention(), factor));
    notes.add(epsilonNote(source.convention()));
    List<CheckpointLayer> layers = new ArrayList<>();
    List<LayerChange> changes = new ArrayList<>();
    for (CheckpointLayer layer : source.layers()) {
      List<String> said = new ArrayList<>();
      double scaling = varianceFactor(source.convention(), layer, said);
      layers.add(
          new CheckpointLayer(
              layer.prefix(),
              affine(layer, layer.scale(), 1, said),
              affine(layer, layer.shift(), 0, said),
              layer.mean(),
              scaled(layer.variance(), scaling),
              counter(layer, factor, said)));
      changes.add(new LayerChange(layer.label(), layer.channels(), scaling, List.copyOf(said)));
    }
    return new Result(new Checkpoint(to, layers, source.others()), notes, changes);
  }

  private AverageFactor factor(Convention from) {
    AverageFactor factor =
        averageFactor != null
            ? averageFactor
            : from.averageFactor(from.defaultMomentum().orElseThrow());
    if (factor.isCumulative() && to != Convention.PYTORCH) {
      throw new IllegalArgumentException(
          "momentum: expected a number, since %s has no cumulative average, got none; give the momentum that training is to go on with"
              .formatted(to.label()));
    }
    return factor;
  }

  private String momentumNote(Convention from, AverageFactor factor) {
    String given = averageFactor == null ? " (its default; none was given)" : "";
    return "momentum: %s in %s%s is %s in %s"
        .formatted(momentum(from, factor), from.label(), given, momentum(to, factor), to.label());
  }

  /** Momentum in a framework's meaning, in decimal. */
  private static String momentum(Convention convention, AverageFactor factor) {
    if (factor.isCumulative()) {
      return "none (cumulative)";
    }
    BigDecimal weightOfNew = new BigDecimal(factor.at(1)).round(MOMENTUM_DIGITS);
    BigDecimal momentum =
        convention.momentumIsWeightOfNew() ? weightOfNew : BigDecimal.ONE.subtract(weightOfNew);
    return momentum.stripTrailingZeros().toPlainString();
  }

  private String epsilonNote(Convention from) {
    double value = epsilon.orElse(from.defaultEpsilon().orElseThrow());
    String given =
        epsilon.isEmpty() ? " (default of %s; none was given)".formatted(from.label()) : "";
    double ofTarget = to.defaultEpsilon().orElseThrow();
    return value == ofTarget
        ? "epsilon: %s%s is the default of %s too".formatted(value, given, to.label())
        : "epsilon: set %s%s in %s, whose default is %s"
            .formatted(value, given, to.label(), ofTarget);
  }

  private double varianceFactor(Convention from, CheckpointLayer layer, List<String> said) {
    if (from.varianceKind() == to.varianceKind()) {
      return 1;
    }
    if (layer.isUntrained()) {
      said.add(
          "running variance: kept, since no batch was averaged into it yet (mean 0, variance 1)");
      return 1;
    }
    String kinds = "%s in %s, %s in %s".formatted(kind(from), from.label(), kind(to), to.label());
    if (keepVariance) {
      said.add("running variance: KEPT as asked, though it is " + kinds);
      return 1;
    }
    long m = valuesPerChannel.getOrDefault(layer.label(), valuesPerChannelElsewhere);
    if (m == 0) {
      throw new IllegalArgumentException(
          ("layer \"%s\": its running variance is %s; the correction needs the values per channel of a"
                  + " training batch (batch times spatial positions), which the file does not hold:"
                  + " give them (--values-per-channel), or ask to keep the variance as it is (--keep-variance)")
              .formatted(layer.label(), kinds));
    }
    boolean toPopulation = from == Convention.PYTORCH;
    said.add(
        "running variance: multiplied by %d / %d (%s)"
            .formatted(toPopulation ? m - 1 : m, toPopulation ? m : m - 1, kinds));
    return toPopulation ? (double) (m - 1) / m : (double) m / (m - 1);
  }

  private static String kind(Convention convention) {
    return switch (convention.varianceKind()) {
      case UNBIASED -> "unbiased";
      case POPULATION -> "the population's";
    };
  }

  private static StoredTensor scaled(StoredTensor variance, double factor) {
    if (factor == 1) {
      return variance;
    }
    HostTensor values = variance.copy();
    for (long i = 0; i < values.elements(); i++) {
      values.set(i, values.get(i) * factor);
    }
    return StoredTensor.of(values, variance.shape());
  }

  private @Nullable StoredTensor affine(
      CheckpointLayer layer, @Nullable StoredTensor tensor, double identity, List<String> said) {
    boolean needed =
        switch (to) {
          case ONNX -> true;
          case PYTORCH -> layer.scale() != null || layer.shift() != null;
          default -> false;
        };
    if (tensor != null || !needed) {
      return tensor;
    }
    CheckpointNames names = CheckpointNames.of(to);
    said.add(
        "%s: written as %s, which computes the same, since %s %s"
            .formatted(
                identity == 1 ? names.scale() : names.shift(),
                identity == 1 ? "ones" : "zeros",
                to.label(),
                to == Convention.ONNX ? "always has it" : "has both or none"));
    HostTensor values = HostTensor.allocate(layer.mean().values().dataType(), layer.channels());
    for (long i = 0; i < values.elements(); i++) {
      values.set(i, identity);
    }
    return StoredTensor.of(values, layer.channels());
  }

  private @Nullable StoredTensor counter(
      CheckpointLayer layer, AverageFactor factor, List<String> said) {
    String name = CheckpointNames.of(to).batches();
    if (name == null) {
      if (layer.batches() != null) {
        said.add(
            "num_batches_tracked %d: lost, %s has none".formatted(layer.batchCount(), to.label()));
      }
      return null;
    }
    if (layer.batches() != null) {
      return layer.batches();
    }
    if (batches < 0 && factor.isCumulative()) {
      throw new IllegalArgumentException(
          "layer \"%s\": a cumulative average goes on from the count of batches, which the file does not hold: give it (--batches)"
              .formatted(layer.label()));
    }
    long count = Math.max(0, batches);
    said.add("%s: set to %d, since the file has none".formatted(name, count));
    return StoredTensor.of(HostTensor.of(count));
  }
}
