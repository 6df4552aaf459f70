package io.github.bn4j.train.network;

import io.github.bn4j.op.Activation;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.op.TensorShape;
import io.github.bn4j.train.engine.DenseSpec;
import io.github.bn4j.train.engine.Engine;
import io.github.bn4j.train.engine.Flow;
import io.github.bn4j.train.engine.Pointwise;
import io.github.bn4j.train.engine.Step;
import io.github.bn4j.train.engine.Weights;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A recurrent layer, unrolled: {@code h[t] = tanh(norm[t](u[t] + hidden * h[t-1]))} with {@code u =
 * input * x + bias} for all t in one product.
 *
 * <p>In the backward pass {@code du[t]} is the gradient of the sum, hence also of the product with
 * the hidden state; the gradients of the hidden weights add up over t.
 */
final class RecurrentStep implements Step {
  private final Step input;
  private final List<Step> forward = new ArrayList<>();
  private final List<Step> backward = new ArrayList<>();
  private final List<Execution.NormInput> normInputs = new ArrayList<>();

  /** For which batch and in which mode. */
  record Run(int batch, Mode mode) {}

  /** All steps in time, one after the other, and how to cut one out. */
  private record Series(Engine engine, Tensor whole, long perStep) {
    Tensor at(int t) {
      return engine.slice(whole, t * perStep, perStep);
    }
  }

  RecurrentStep(Network network, Layer.Recurrent layer, Run run, Flow flow) {
    Engine engine = network.engine();
    int times = network.architecture().size();
    long perStep = (long) run.batch * layer.hidden();
    boolean learns = run.mode != Mode.INFERENCE;
    Series u = series(engine, times, perStep);
    Series z = series(engine, times, perStep);
    Series a = layer.normalized() ? series(engine, times, perStep) : z;
    Series h = series(engine, times, perStep);
    Series du = learns ? series(engine, times, perStep) : null;
    Series dh = learns ? series(engine, times, perStep) : null;
    this.input =
        engine.dense(
            new DenseSpec((long) times * run.batch, times, layer.hidden(), Activation.NONE, false),
            network.weights(layer.name() + ".input"),
            new Flow(flow.x(), u.whole, du == null ? null : du.whole, null));
    Weights hidden = network.weights(layer.name() + ".hidden");
    for (int t = 0; t < times; t++) {
      boolean last = t == times - 1;
      Tensor z0 = t == 0 ? u.at(0) : z.at(t);
      Tensor a0 = layer.normalized() ? a.at(t) : z0;
      Tensor out = last ? flow.y() : h.at(t);
      Tensor dOut = last ? flow.dy() : at(dh, t);
      Tensor dz = at(du, t);
      if (t > 0) {
        DenseSpec spec =
            new DenseSpec(run.batch, layer.hidden(), layer.hidden(), Activation.NONE, !last);
        Flow product = new Flow(h.at(t - 1), z0, dz, at(dh, t - 1));
        add(engine.dense(spec, hidden, product), true);
        add(engine.sum(z0, u.at(t), z0), false);
      }
      if (layer.normalized()) {
        TensorShape shape = TensorShape.of(run.batch, layer.hidden());
        String name = layer.name() + ".bn." + t;
        normInputs.add(new Execution.NormInput(name, shape, z0));
        add(
            new NormStep(network.norm(name).newPass(shape, run.mode), new Flow(z0, a0, dOut, dz)),
            true);
        add(engine.pointwise(Pointwise.TANH, new Flow(a0, out, dOut, dOut)), true);
      } else {
        add(engine.pointwise(Pointwise.TANH, new Flow(a0, out, dOut, dz)), true);
      }
    }
  }

  List<Execution.NormInput> normInputs() {
    return normInputs;
  }

  private static Series series(Engine engine, int times, long perStep) {
    return new Series(engine, engine.memory().allocate(DataType.F32, times * perStep), perStep);
  }

  private static @Nullable Tensor at(@Nullable Series series, int t) {
    return series == null ? null : series.at(t);
  }

  private void add(Step step, boolean hasBackward) {
    forward.add(step);
    if (hasBackward) {
      backward.add(0, step);
    }
  }

  @Override
  public void forward() {
    input.forward();
    for (int i = 0; i < forward.size(); i++) {
      forward.get(i).forward();
    }
  }

  @Override
  public void backward() {
    for (int i = 0; i < backward.size(); i++) {
      backward.get(i).backward();
    }
    input.backward();
  }

  @Override
  public void close() {
    input.close();
    forward.forEach(Step::close);
  }
}
