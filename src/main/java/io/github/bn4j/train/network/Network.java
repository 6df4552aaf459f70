package io.github.bn4j.train.network;

import io.github.bn4j.api.Backends;
import io.github.bn4j.api.BatchNorm;
import io.github.bn4j.api.Parameter;
import io.github.bn4j.io.NamedTensors;
import io.github.bn4j.io.StoredTensor;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.op.TensorShape;
import io.github.bn4j.train.engine.Engine;
import io.github.bn4j.train.engine.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a network in an engine's memory, and its batch normalizations. Not thread-safe.
 */
public final class Network implements AutoCloseable {
  private final Architecture architecture;
  private final Engine engine;
  private final String backend;
  private final Map<String, Weights> weights = new LinkedHashMap<>();
  private final Map<String, BatchNorm> norms = new LinkedHashMap<>();
  private final List<LearnedTensor> learned = new ArrayList<>();
  private final Tensor clock;
  private final long seed;

  /**
   * A network with parameters as PyTorch starts them: uniform in {@code 1 / sqrt(inputs)} on both
   * sides of 0, scale 1 and shift 0.
   *
   * @param backend name of the backend that normalizes; its tensors must be in the engine's memory
   * @param seed of the parameters and of dropout
   */
  public Network(Architecture architecture, Engine engine, String backend, long seed) {
    this.architecture = architecture;
    this.engine = engine;
    this.backend = backend;
    this.seed = seed;
    this.clock = engine.memory().allocate(DataType.I64, 1);
    new Parameters(architecture, new SplittableRandom(seed)).declare(this);
  }

  /** What it is made of. */
  public Architecture architecture() {
    return architecture;
  }

  Engine engine() {
    return engine;
  }

  long seed() {
    return seed;
  }

  /** Counts updates; i64, 1 element. */
  public Tensor clock() {
    return clock;
  }

  /** All parameters, in the order of the layers. */
  public List<LearnedTensor> learned() {
    return Collections.unmodifiableList(learned);
  }

  /** The batch normalizations by name, in the order of the layers. */
  public Map<String, BatchNorm> norms() {
    return Collections.unmodifiableMap(norms);
  }

  /** The steps and activations for a batch size and mode; to be closed before the network. */
  public Execution execution(int batch, Mode mode) {
    return new Assembly(this, batch, mode).execution();
  }

  Weights weights(String name) {
    return Objects.requireNonNull(weights.get(name), name);
  }

  BatchNorm norm(String name) {
    return Objects.requireNonNull(norms.get(name), name);
  }

  /** Makes weights; {@code bias} may be null. */
  void declareWeights(String name, HostTensor weight, List<Long> shape, @Nullable HostTensor bias) {
    LearnedTensor first = learn(name + ".weight", weight, shape);
    LearnedTensor second =
        bias == null ? null : learn(name + ".bias", bias, List.of(bias.elements()));
    weights.put(
        name,
        new Weights(
            first.value(),
            second == null ? null : second.value(),
            first.gradient(),
            second == null ? null : second.gradient()));
  }

  private LearnedTensor learn(String name, HostTensor initial, List<Long> shape) {
    Tensor value = engine.memory().copyOf(initial);
    Tensor gradient = engine.memory().allocate(DataType.F32, initial.elements());
    LearnedTensor made = new LearnedTensor(name, shape, value, gradient);
    learned.add(made);
    return made;
  }

  /** Whether the backend that normalizes also computes a ReLU behind it; cuDNN's calls do not. */
  boolean fusesRelu() {
    BatchNormSpec spec =
        BatchNormSpec.builder(TensorShape.of(2, 1)).activation(Activation.RELU).build();
    return backend.equals(Backends.AUTO) || Backends.byName(backend).supports(spec).isYes();
  }

  void declareNorm(String name, long channels, boolean relu) {
    BatchNorm norm =
        BatchNorm.builder(channels)
            .activation(relu && fusesRelu() ? Activation.RELU : Activation.NONE)
            .backend(backend)
            .options(engine.options())
            .build();
    norms.put(name, norm);
    for (Parameter parameter : norm.parameters()) {
      learned.add(
          new LearnedTensor(
              name + "." + parameter.name(),
              List.of(channels),
              parameter.value(),
              parameter.gradient()));
    }
  }

  /** Copies of all parameters and running statistics, by PyTorch's names. */
  public NamedTensors state() {
    NamedTensors.Builder state = NamedTensors.builder();
    for (LearnedTensor each : learned) {
      if (!isOfNorm(each)) {
        state.put(each.name(), engine.memory().toHost(each.value()), sizes(each));
      }
    }
    norms.forEach((name, norm) -> norm.state(name + ".").tensors().forEach(state::put));
    return state.build();
  }

  /**
   * Takes parameters and running statistics from tensors named as in {@link #state}.
   *
   * @throws IllegalArgumentException for a tensor that is missing or does not fit
   */
  public void load(NamedTensors state) {
    for (LearnedTensor each : learned) {
      if (!isOfNorm(each)) {
        engine.memory().write(each.value(), floats(state, each.name(), each.shape()));
      }
    }
    norms.forEach((name, norm) -> norm.load(state, name + "."));
  }

  /**
   * A tensor of f32 from a file.
   *
   * @throws IllegalArgumentException if it is missing or has other sizes
   */
  public static HostTensor floats(NamedTensors state, String name, List<Long> shape) {
    StoredTensor stored = state.get(name);
    List<Long> got = stored == null ? List.of() : Arrays.stream(stored.shape()).boxed().toList();
    if (stored == null || stored.type().dataType() != DataType.F32 || !got.equals(shape)) {
      throw new IllegalArgumentException(
          "%s: expected F32 %s, got %s; it is not a checkpoint of this network"
              .formatted(name, shape, stored == null ? "no tensor of this name" : stored));
    }
    return stored.copy();
  }

  private boolean isOfNorm(LearnedTensor each) {
    return norms.containsKey(each.name().substring(0, each.name().lastIndexOf('.')));
  }

  static long[] sizes(LearnedTensor each) {
    return each.shape().stream().mapToLong(Long::longValue).toArray();
  }

  @Override
  public void close() {
    norms.values().forEach(BatchNorm::close);
  }
}
