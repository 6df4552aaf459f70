package io.github.bn4j.api;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.io.NamedTensors;
import io.github.bn4j.io.Safetensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.op.TensorShape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A batch normalization layer: parameters, gradients and running statistics, and a plan for every
 * shape and mode it has seen.
 *
 * <p>The mode is chosen per call: {@link #train}, {@link #inference} or {@link #frozen}. Shapes are
 * batch, channels, spatial sizes, whatever the layout. Formulas: the page of package {@code op}.
 *
 * <p>Calls with a shape and tensors seen in the call before allocate nothing. On a device, calls
 * only queue work; {@link Memory#read} and {@link Memory#synchronize} wait for it. Not thread-safe.
 */
public final class BatchNorm implements AutoCloseable {
  /**
   * Shapes whose passes are kept per mode; the one not used for longest is closed. Training has one
   * or two (the last batch of an epoch is short), multi-scale training some ten.
   */
  static final int PASSES_KEPT = 32;

  private final BatchNormSpec template;
  private final String backendName;
  private final Backend home;
  private final BackendList backends;
  private final Memory memory;
  private final LayerTensors tensors;
  private final List<Parameter> parameters;

  private final PassCache training = new PassCache();
  private final PassCache inference = new PassCache();
  private final PassCache frozen = new PassCache();
  private boolean closed;

  BatchNorm(BatchNormBuilder builder) {
    this.template = builder.template();
    this.backendName = builder.backendName();
    this.backends = builder.backends();
    this.home = builder.home(template);
    this.memory = home.memory(builder.options());
    try {
      this.tensors = builder.tensors(template, memory);
    } catch (RuntimeException e) {
      memory.close();
      throw e;
    }
    this.parameters = tensors.parameters();
  }

  /**
   * A builder of a layer for so many channels.
   *
   * @throws IllegalArgumentException unless {@code channels >= 1}
   */
  public static BatchNormBuilder builder(long channels) {
    return new BatchNormBuilder(channels, Backends.list());
  }

  /**
   * Normalizes a batch with its own statistics and updates the running statistics.
   *
   * @param shape sizes of x and y
   * @param x input
   * @param y output; may be {@code x} only if no backward pass follows
   * @return the pass whose {@link Pass#backward} belongs to this call, until the next call of this
   *     method with the same shape; it is the layer's, not to be closed
   * @throws IllegalArgumentException for a shape or tensor that does not fit, or that no backend
   *     supports
   */
  public Pass train(TensorShape shape, Tensor x, Tensor y) {
    Pass pass = pass(shape, Mode.TRAINING);
    pass.forward(x, y);
    return pass;
  }

  /** As {@link #train(TensorShape, Tensor, Tensor)}, for a layer with residual. */
  public Pass train(TensorShape shape, Tensor x, Tensor y, Tensor residual) {
    Pass pass = pass(shape, Mode.TRAINING);
    pass.forward(x, y, residual);
    return pass;
  }

  /**
   * Normalizes with the running statistics, or with the batch's where the layer has none, and
   * changes nothing but y.
   *
   * @param shape sizes of x and y
   * @param x input
   * @param y output; may be {@code x}
   * @throws IllegalArgumentException for a shape or tensor that does not fit, or that no backend
   *     supports
   */
  public void inference(TensorShape shape, Tensor x, Tensor y) {
    pass(shape, Mode.INFERENCE).forward(x, y);
  }

  /** As {@link #inference(TensorShape, Tensor, Tensor)}, for a layer with residual. */
  public void inference(TensorShape shape, Tensor x, Tensor y, Tensor residual) {
    pass(shape, Mode.INFERENCE).forward(x, y, residual);
  }

  /**
   * Normalizes with the running statistics as constants, for fine-tuning: unlike {@link #inference}
   * it has a backward pass.
   *
   * @return as of {@link #train}, for this mode
   * @throws IllegalArgumentException for a shape or tensor that does not fit, or that no backend
   *     supports, or without running statistics
   */
  public Pass frozen(TensorShape shape, Tensor x, Tensor y) {
    Pass pass = pass(shape, Mode.FROZEN);
    pass.forward(x, y);
    return pass;
  }

  /** As {@link #frozen(TensorShape, Tensor, Tensor)}, for a layer with residual. */
  public Pass frozen(TensorShape shape, Tensor x, Tensor y, Tensor residual) {
    Pass pass = pass(shape, Mode.FROZEN);
    pass.forward(x, y, residual);
    return pass;
  }

  /**
   * A pass besides those that the layer keeps, for a layer that is used several times before its
   * backward pass. The caller closes it, before the layer.
   *
   * @throws IllegalArgumentException for a shape that does not fit, or that no backend supports
   */
  public Pass newPass(TensorShape shape, Mode mode) {
    if (closed) {
      throw new IllegalStateException("layer: expected an open layer, got a closed one");
    }
    if (shape.channels() != channels()) {
      throw new IllegalArgumentException(
          "shape: expected %d channels, got %d in %s (batch x channels x spatial sizes)"
              .formatted(channels(), shape.channels(), shape));
    }
    BatchNormSpec spec = template.toBuilder().shape(shape).mode(mode).build();
    Backend backend = backends.choose(backendName, spec, one -> one.onDevice() == home.onDevice());
    return new Pass(tensors, backend, spec);
  }

  private Pass pass(TensorShape shape, Mode mode) {
    PassCache cache =
        switch (mode) {
          case TRAINING -> training;
          case INFERENCE -> inference;
          case FROZEN -> frozen;
        };
    Pass pass = cache.get(shape);
    if (pass == null) {
      pass = newPass(shape, mode);
      cache.put(shape, pass);
    }
    return pass;
  }

  /** Number of channels. */
  public long channels() {
    return template.shape().channels();
  }

  /** What an optimizer changes: weight (gamma) and bias (beta), as far as the layer has them. */
  public List<Parameter> parameters() {
    return parameters;
  }

  /** The running statistics; null if the layer does not track them. */
  public @Nullable RunningStatistics running() {
    return tensors.running();
  }

  /**
   * Copies of parameters and running statistics by PyTorch's names: weight, bias, running_mean,
   * running_var and num_batches_tracked, as far as the layer has them.
   *
   * @param prefix put before each name, such as {@code "layer1.bn."}
   */
  public NamedTensors state(String prefix) {
    return new LayerState(tensors, memory).read(prefix);
  }

  /**
   * Takes parameters and running statistics from tensors named as in {@link #state}; other names
   * are ignored. A missing counter is 0.
   *
   * @throws IllegalArgumentException for a tensor that is missing, does not fit, or that the layer
   *     has no place for; nothing is changed then
   */
  public void load(NamedTensors state, String prefix) {
    new LayerState(tensors, memory).write(state, prefix);
  }

  /**
   * Writes {@link #state} without a prefix to a safetensors file, as a whole or not at all.
   *
   * @throws IOException if it cannot be written
   */
  public void save(Path file) throws IOException {
    Safetensors.write(file, state(""));
  }

  /**
   * Reads what {@link #save} or PyTorch wrote.
   *
   * @throws IOException if it cannot be read or is not a safetensors file
   * @throws IllegalArgumentException as {@link #load(NamedTensors, String)}
   */
  public void load(Path file) throws IOException {
    load(Safetensors.read(file), "");
  }

  /** Memory where this layer's tensors have to be; closed with the layer. */
  public Memory memory() {
    return memory;
  }

  /**
   * Channel updates of running statistics skipped because of NaN or infinity, by the passes that
   * the layer keeps. Waits for the device.
   */
  public long skippedUpdates() {
    return training.values().stream().mapToLong(pass -> pass.plan().skippedUpdates()).sum();
  }

  /**
   * What the layer computes and on which backends, why not on others, and its plans; for people.
   */
  public String explain() {
    StringBuilder text = new StringBuilder();
    text.append(
        "batch norm of %d channels, %s %s, epsilon %s, weight of new statistics %s (%s variance)%n"
            .formatted(
                channels(),
                template.dataType().label(),
                template.layout().label(),
                template.epsilon(),
                template.averageFactor(),
                template.varianceKind()));
    text.append(
        "backend asked for: %s; tensors are kept for: %s%n".formatted(backendName, home.name()));
    text.append(backends.explain(template));
    for (PassCache cache : List.of(training, inference, frozen)) {
      for (Pass pass : cache.values()) {
        Plan plan = pass.plan();
        text.append(
            "%s: %s%n  %s%n".formatted(plan.spec().describe(), plan.backend(), plan.explain()));
      }
    }
    return text.toString();
  }

  /** Gives back plans and memory; closing twice is harmless. */
  @Override
  public void close() {
    closed = true;
    training.close();
    inference.close();
    frozen.close();
    memory.close();
  }

  /** Passes by shape; closes the one not used for longest when there are too many. */
  private static final class PassCache extends LinkedHashMap<TensorShape, Pass> {
    private static final long serialVersionUID = 1;

    PassCache() {
      super(PASSES_KEPT, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<TensorShape, Pass> eldest) {
      if (size() > PASSES_KEPT) {
        eldest.getValue().close();
        return true;
      }
      return false;
    }

    void close() {
      values().forEach(Pass::close);
      clear();
    }
  }
}
