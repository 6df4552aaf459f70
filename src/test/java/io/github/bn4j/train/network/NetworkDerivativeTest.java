package io.github.bn4j.train.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Mode;
import io.github.bn4j.train.Engines;
import io.github.bn4j.train.engine.Engine;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The backward pass of whole networks against differences of the loss. */
final class NetworkDerivativeTest {
  private static final int BATCH = 12;

  /**
   * Length of the step along the gradient, whose own length is 0.15 to 25. The loss of a dozen
   * images is known to some 1e-7, so the quotient to 1e-3 of it; longer steps meet more kinks of
   * ReLU and maximum, which move it by percents.
   */
  private static final double STEP = 3e-4;

  private static final double RELATIVE_TOLERANCE = 0.01;

  @ParameterizedTest
  @ValueSource(strings = {"mlp", "mlp-wide", "cnn", "deep", "rnn"})
  void backward_isTheDerivativeOfTheLoss(String name) {
    for (boolean normalized : List.of(true, false)) {
      check(Architectures.of(name, Architectures.defaultSize(name), normalized), Mode.TRAINING);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mlp", "cnn"})
  void backward_withFrozenStatistics_isTheDerivativeOfTheLoss(String name) {
    check(Architectures.of(name, Architectures.defaultSize(name), true), Mode.FROZEN);
  }

  private static void check(Architecture architecture, Mode mode) {
    try (Engine engine = Engines.choose("cpu").open(PlanOptions.DEFAULT.withThreads(2));
        Network network = new Network(architecture, engine, "cpu", 3);
        Execution execution = network.execution(BATCH, mode)) {
      fill(engine, execution, architecture.size());
      loss(engine, execution);
      execution.backward();
      List<HostTensor> gradients =
          network.learned().stream().map(each -> engine.memory().toHost(each.gradient())).toList();
      double norm = 0;
      for (HostTensor gradient : gradients) {
        for (double value : gradient.toDoubles()) {
          norm += value * value;
        }
      }
      norm = Math.sqrt(norm);
      move(engine, network, gradients, STEP / norm);
      double after = loss(engine, execution);
      move(engine, network, gradients, -2 * STEP / norm);
      double before = loss(engine, execution);

      assertThat((after - before) / (2 * STEP))
          .as("%s, %s", architecture.name(), mode)
          .isCloseTo(norm, within(RELATIVE_TOLERANCE * norm));
    }
  }

  private static void fill(Engine engine, Execution execution, int size) {
    SplittableRandom random = new SplittableRandom(5);
    HostTensor images = HostTensor.allocate(DataType.F32, (long) BATCH * size * size);
    for (long i = 0; i < images.elements(); i++) {
      images.set(i, random.nextDouble());
    }
    HostTensor labels = HostTensor.allocate(DataType.U8, BATCH);
    for (int i = 0; i < BATCH; i++) {
      labels.setLong(i, i % 10);
    }
    engine.memory().write(execution.ends().images(), images);
    engine.memory().write(execution.ends().labels(), labels);
  }

  private static double loss(Engine engine, Execution execution) {
    engine.memory().write(execution.ends().totals(), HostTensor.of(0.0, 0.0));
    execution.forward();
    return engine.memory().toHost(execution.ends().totals()).get(0) / BATCH;
  }

  private static void move(
      Engine engine, Network network, List<HostTensor> gradients, double factor) {
    for (int p = 0; p < gradients.size(); p++) {
      LearnedTensor each = network.learned().get(p);
      HostTensor value = engine.memory().toHost(each.value());
      for (long i = 0; i < value.elements(); i++) {
        value.set(i, value.get(i) + factor * gradients.get(p).get(i));
      }
      engine.memory().write(each.value(), value);
    }
  }
}
