package io.github.bn4j.train.engine;

import io.github.bn4j.api.BatchNorm;
import io.github.bn4j.api.Parameter;
import io.github.bn4j.api.Pass;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.op.TensorShape;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A network small enough for the emulated device with one layer of each kind, and its training:
 * convolution and ReLU, batch norm, pooling, dense, tanh, dropout, dense, loss.
 */
public final class TinyTraining implements AutoCloseable {
  private static final int BATCH = 6;
  private static final int CLASSES = 3;
  private static final TensorShape IMAGES = TensorShape.of(BATCH, 1, 8, 8);

  private final Engine engine;
  private final Tensors tensors;
  private final Deque<AutoCloseable> made = new ArrayDeque<>();
  private final List<Step> steps = new ArrayList<>();
  private final Map<String, Tensor> state = new LinkedHashMap<>();
  private final List<Slot> slots = new ArrayList<>();
  private final OptimizerSpec optimizer;
  private final Tensor images;
  private final Tensor labels;
  private final Runnable repeated;

  /**
   * Everything but the data is a function of these.
   *
   * @param records whether steps are repeated by {@link Engine#recorded}
   */
  public TinyTraining(Engine engine, String backend, OptimizerSpec optimizer, boolean records) {
    this.engine = engine;
    this.tensors = new Tensors(engine);
    this.optimizer = optimizer;
    this.images = tensors.empty(IMAGES.elements());
    this.labels = engine.memory().allocate(DataType.U8, BATCH);
    Tensor clock = engine.memory().allocate(DataType.I64, 1);
    boolean done = false;
    try {
      build(backend, clock);
      Runnable update = engine.optimizer(optimizer, slots, clock);
      Runnable advance = engine.advance(clock);
      Runnable work = () -> step(update, advance);
      repeated = records ? engine.recorded(work) : work;
      done = true;
    } finally {
      if (!done) {
        close();
      }
    }
  }

  private void build(String backend, Tensor clock) {
    ConvolutionSpec convolution = new ConvolutionSpec(IMAGES, 4, 3, 1, 0, Activation.RELU);
    TensorShape wide = convolution.output();
    Flow first = flow(images, wide.elements(), false);
    add(engine.convolution(convolution, weights("conv", 4, 9), first));
    Flow second = flow(first.y(), wide.elements(), true);
    addNorm(backend, wide, new Flow(first.y(), second.y(), second.dy(), first.dy()));
    PoolSpec pool = new PoolSpec(wide, 2, 2);
    Flow third = flow(second.y(), pool.output().elements(), true);
    add(engine.maxPool(pool, new Flow(second.y(), third.y(), third.dy(), second.dy())));
    long inputs = pool.output().elements() / BATCH;
    Flow fourth = flow(third.y(), BATCH * 8, true);
    DenseSpec hidden = new DenseSpec(BATCH, inputs, 8, Activation.NONE, false);
    Flow dense = new Flow(third.y(), fourth.y(), fourth.dy(), third.dy());
    add(engine.dense(hidden, weights("hidden", 8, inputs), dense));
    Flow inPlace = new Flow(fourth.y(), fourth.y(), fourth.dy(), fourth.dy());
    add(engine.pointwise(Pointwise.TANH, inPlace));
    Flow fifth = flow(fourth.y(), BATCH * 8, true);
    Flow dropped = new Flow(fourth.y(), fifth.y(), fifth.dy(), fourth.dy());
    add(engine.dropout(new DropoutSpec(0.25, 11, 0), clock, dropped));
    Flow last = flow(fifth.y(), BATCH * CLASSES, true);
    DenseSpec out = new DenseSpec(BATCH, 8, CLASSES, Activation.NONE, false);
    Flow logits = new Flow(fifth.y(), last.y(), last.dy(), fifth.dy());
    add(engine.dense(out, weights("out", CLASSES, 8), logits));
    Tensor totals = engine.memory().allocate(DataType.F64, 2);
    state.put("totals", totals);
    add(
        engine.softmaxCrossEntropy(
            new LossTensors(BATCH, CLASSES, last.y(), labels, last.dy(), totals)));
  }

  private Flow flow(Tensor x, long elements, boolean wantsDx) {
    return new Flow(x, tensors.empty(elements), tensors.empty(elements), wantsDx ? x : null);
  }

  private void add(Step step) {
    steps.add(step);
    made.push(step);
  }

  private Weights weights(String name, int outputs, long inputs) {
    float[] values = Tensors.random(name.hashCode(), outputs * inputs);
    for (int i = 0; i < values.length; i++) {
      values[i] /= (float) Math.sqrt((double) inputs);
    }
    return new Weights(
        learn(name + ".weight", tensors.of(values)),
        learn(name + ".bias", tensors.of(new float[outputs])),
        Objects.requireNonNull(slots.get(slots.size() - 2).gradient()),
        slots.get(slots.size() - 1).gradient());
  }

  private Tensor learn(String name, Tensor value) {
    addSlot(name, value, tensors.empty(value.elements()));
    return value;
  }

  private void addSlot(String name, Tensor value, Tensor gradient) {
    List<Tensor> kept = new ArrayList<>();
    for (int i = 0; i < optimizer.statesPerParameter(); i++) {
      kept.add(engine.memory().allocate(DataType.F32, value.elements()));
    }
    slots.add(new Slot(value, gradient, kept));
    state.put(name, value);
  }

  private void addNorm(String backend, TensorShape shape, Flow flow) {
    BatchNorm norm =
        BatchNorm.builder(shape.channels()).backend(backend).options(engine.options()).build();
    made.push(norm);
    for (Parameter parameter : norm.parameters()) {
      addSlot("bn." + parameter.name(), parameter.value(), parameter.gradient());
    }
    RunningStatistics running = Objects.requireNonNull(norm.running());
    state.put("bn.running_mean", running.mean());
    state.put("bn.running_var", running.variance());
    Pass pass = norm.newPass(shape, Mode.TRAINING);
    add(
        new Step() {
          @Override
          public void forward() {
            pass.forward(flow.x(), flow.y());
          }

          @Override
          public void backward() {
            pass.backward(Objects.requireNonNull(flow.dy()), Objects.requireNonNull(flow.dx()));
          }

          @Override
          public void close() {
            pass.close();
          }
        });
  }

  private void step(Runnable update, Runnable advance) {
    steps.forEach(Step::forward);
    for (int i = steps.size() - 1; i >= 0; i--) {
      steps.get(i).backward();
    }
    update.run();
    advance.run();
  }

  /** Trains on the batch of this number; images of a class have a bright row of their own. */
  public void train(int number) {
    float[] pixels = Tensors.random(1000 + number, IMAGES.elements());
    HostTensor classes = HostTensor.allocate(DataType.U8, BATCH);
    for (int i = 0; i < BATCH; i++) {
      int label = (i + number) % CLASSES;
      classes.setLong(i, label);
      for (int column = 0; column < 8; column++) {
        pixels[i * 64 + (2 * label + 1) * 8 + column] += 2;
      }
    }
    engine.memory().write(images, HostTensor.of(pixels));
    engine.memory().write(labels, classes);
    repeated.run();
  }

  /** What repeats a training step, for tests that look at it. */
  public Runnable repeated() {
    return repeated;
  }

  /** Parameters, running statistics and totals by name. */
  public Map<String, double[]> state() {
    Map<String, double[]> copies = new LinkedHashMap<>();
    state.forEach((name, tensor) -> copies.put(name, tensors.read(tensor)));
    return copies;
  }

  @Override
  public void close() {
    while (!made.isEmpty()) {
      try {
        made.pop().close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
