package io.github.bn4j.train.network;

import io.github.bn4j.op.Activation;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.train.engine.DenseSpec;
import io.github.bn4j.train.engine.DropoutSpec;
import io.github.bn4j.train.engine.Engine;
import io.github.bn4j.train.engine.Flow;
import io.github.bn4j.train.engine.LossTensors;
import io.github.bn4j.train.engine.Pointwise;
import io.github.bn4j.train.engine.Step;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Walks over the layers of a network and makes their steps and the tensors between them. */
final class Assembly {
  private final Network network;
  private final Engine engine;
  private final int batch;
  private final Mode mode;
  private final List<Step> steps = new ArrayList<>();
  private final List<Execution.NormInput> normInputs = new ArrayList<>();

  /** What the next layer takes, and where its gradient is wanted. */
  private Tensor x;

  private @Nullable Tensor dx;
  private SampleShape shape;
  private int dropouts;

  Assembly(Network network, int batch, Mode mode) {
    this.network = network;
    this.engine = network.engine();
    this.batch = batch;
    this.mode = mode;
    int size = network.architecture().size();
    this.shape = new SampleShape(1, size, size);
    this.x = floats(shape.elements());
  }

  Execution execution() {
    Tensor images = x;
    Tensor labels = engine.memory().allocate(DataType.U8, batch);
    Tensor totals = engine.memory().allocate(DataType.F64, 2);
    for (Layer layer : network.architecture().layers()) {
      add(layer);
      shape = shape.after(layer);
    }
    int classes = network.architecture().classes();
    steps.add(engine.softmaxCrossEntropy(new LossTensors(batch, classes, x, labels, dx, totals)));
    return new Execution(
        steps, new Execution.Ends(images, labels, x, totals), mode != Mode.INFERENCE, normInputs);
  }

  private Tensor floats(long perSample) {
    return engine.memory().allocate(DataType.F32, batch * perSample);
  }

  private void add(Layer layer) {
    if (layer instanceof Layer.Convolution each) {
      Flow flow = flowTo(shape.after(layer).elements());
      steps.add(
          engine.convolution(shape.convolution(batch, each), network.weights(each.name()), flow));
    } else if (layer instanceof Layer.Dense each) {
      Flow flow = flowTo(each.outputs());
      Activation activation = each.relu() ? Activation.RELU : Activation.NONE;
      DenseSpec spec = new DenseSpec(batch, shape.elements(), each.outputs(), activation, false);
      steps.add(engine.dense(spec, network.weights(each.name()), flow));
    } else if (layer instanceof Layer.Norm each) {
      Tensor y = floats(shape.elements());
      normInputs.add(new Execution.NormInput(each.name(), shape.normalized(batch), x));
      // The gradient is computed in place.
      Flow flow = new Flow(x, y, dx, dx);
      steps.add(
          new NormStep(network.norm(each.name()).newPass(shape.normalized(batch), mode), flow));
      if (each.relu() && !network.fusesRelu()) {
        steps.add(engine.pointwise(Pointwise.RELU, new Flow(y, y, dx, dx)));
      }
      x = y;
    } else if (layer instanceof Layer.MaxPool each) {
      Flow flow = flowTo(shape.after(layer).elements());
      steps.add(engine.maxPool(shape.pool(batch, each), flow));
    } else if (layer instanceof Layer.Dropout each) {
      dropout(each);
    } else if (layer instanceof Layer.Recurrent each) {
      Flow flow = flowTo(each.hidden());
      RecurrentStep step =
          new RecurrentStep(network, each, new RecurrentStep.Run(batch, mode), flow);
      normInputs.addAll(step.normInputs());
      steps.add(step);
    }
  }

  private void dropout(Layer.Dropout each) {
    int layer = dropouts++;
    if (mode != Mode.INFERENCE) {
      DropoutSpec spec = new DropoutSpec(each.probability(), network.seed(), layer);
      steps.add(engine.dropout(spec, network.clock(), new Flow(x, x, dx, dx)));
    }
  }

  /** A new output, and its gradient unless nothing is to be learned. */
  private Flow flowTo(long perSample) {
    Tensor y = floats(perSample);
    Tensor dy = mode == Mode.INFERENCE ? null : floats(perSample);
    Flow flow = new Flow(x, y, dy, dx);
    x = y;
    dx = dy;
    return flow;
  }
}
