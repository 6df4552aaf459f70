package io.github.bn4j.train.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.bn4j.op.Activation;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.op.TensorShape;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What every engine computes. An engine is finished when a test class that extends this one passes.
 */
public abstract class EngineContract extends ProductLaws {
  @Test
  void maxPool_ofOverlappingWindows_addsGradientsUp() {
    PoolSpec spec = new PoolSpec(TensorShape.of(1, 1, 3, 5), 3, 2);
    Tensor x =
        engine
            .memory()
            .copyOf(HostTensor.of(0f, 1f, 9f, 9f, 0f, 2f, 2f, 3f, 4f, 5f, 0f, 0f, 1f, 1f, 1f));
    Tensor y = zeros(2);
    Tensor dy = engine.memory().copyOf(HostTensor.of(1f, 10f));
    Tensor dx = random(15);

    try (Step step = engine.maxPool(spec, new Flow(x, y, dy, dx))) {
      step.forward();
      step.backward();

      assertThat(values(y)).containsExactly(9, 9);
      double[] expected = new double[15];
      expected[2] = 11;
      assertThat(values(dx)).containsExactly(expected);
    }
  }

  @Test
  void maxPool_withRest_leavesItOut() {
    PoolSpec spec = new PoolSpec(TensorShape.of(1, 2, 3, 3), 2, 2);
    Tensor x = random(18);
    Tensor y = zeros(2);
    Tensor dy = engine.memory().copyOf(HostTensor.of(1f, 2f));
    Tensor dx = random(18);
    double[] xs = values(x);

    try (Step step = engine.maxPool(spec, new Flow(x, y, dy, dx))) {
      step.forward();
      step.backward();

      for (int c = 0; c < 2; c++) {
        int from = 9 * c;
        double most =
            Math.max(Math.max(xs[from], xs[from + 1]), Math.max(xs[from + 3], xs[from + 4]));
        assertThat(values(y)[c]).isEqualTo(most);
        for (int i = 0; i < 9; i++) {
          boolean inside = i == 0 || i == 1 || i == 3 || i == 4;
          assertThat(values(dx)[from + i])
              .isEqualTo(inside && xs[from + i] == most ? c + 1.0 : 0.0);
        }
      }
    }
  }

  @Test
  void pointwise_inPlace_isFunctionAndDerivative() {
    for (Pointwise function : Pointwise.values()) {
      Tensor x = random(1000);
      Tensor dy = random(1000);
      double[] xs = values(x);
      double[] dys = values(dy);
      try (Step step = engine.pointwise(function, new Flow(x, x, dy, dy))) {
        step.forward();
        step.backward();
      }
      double[] ys = new double[1000];
      double[] dxs = new double[1000];
      for (int i = 0; i < 1000; i++) {
        boolean relu = function == Pointwise.RELU;
        ys[i] = relu ? Math.max(xs[i], 0) : Math.tanh(xs[i]);
        dxs[i] = relu ? (ys[i] <= 0 ? 0 : dys[i]) : dys[i] * (1 - ys[i] * ys[i]);
      }
      assertClose("y", ys, values(x));
      assertClose("dx", dxs, values(dy));
    }
  }

  @Test
  void sum_intoItsSecondTerm_isTheSum() {
    Tensor a = random(100);
    Tensor b = random(100);
    double[] expected = new double[100];
    for (int i = 0; i < 100; i++) {
      expected[i] = values(a)[i] + values(b)[i];
    }
    try (Step step = engine.sum(a, b, b)) {
      step.forward();
    }
    assertClose("sum", expected, values(b));
  }

  @Test
  void dropout_dependsOnTheClockAndMasksTheGradientAlike() {
    int count = 40_001;
    DropoutSpec spec = new DropoutSpec(0.25, 0x1234_5678_9ABCL, 3);
    Tensor clock = engine.memory().copyOf(HostTensor.of(5L));
    float[] ones = new float[count];
    Arrays.fill(ones, 1);
    Tensor x = engine.memory().copyOf(HostTensor.of(ones));
    Tensor y = zeros(count);
    Tensor dx = zeros(count);
    try (Step step = engine.dropout(spec, clock, new Flow(x, y, x, dx))) {
      step.forward();
      step.backward();
      double[] first = values(y);
      assertThat(values(dx)).containsExactly(first);
      long kept = Arrays.stream(first).filter(value -> value != 0).count();
      // Four standard deviations of a binomial count.
      assertThat((double) kept).isCloseTo(0.75 * count, within(4 * Math.sqrt(count * 0.1875)));
      assertThat(first).containsOnly(0, (float) (4 / 3.0));
      engine.advance(clock).run();
      step.forward();
      assertThat(values(y)).isNotEqualTo(first);
    }
  }

  /** Random123's known answer for counter 0 and key 0: 6627e8d5 e169c58d bc57ac4c 9b00dbd8. */
  @Test
  void dropout_followsPhilox() {
    Tensor clock = engine.memory().copyOf(HostTensor.of(0L));
    Tensor x = engine.memory().copyOf(HostTensor.of(1f, 2f, 3f, 4f));
    Tensor y = zeros(4);
    double probability = 0x9b00dbd9L * 0x1p-32; // drops the fourth word, and the first
    DropoutSpec spec = new DropoutSpec(probability, 0, 0);
    try (Step step = engine.dropout(spec, clock, Flow.forwardOnly(x, y))) {
      step.forward();
    }
    float scale = (float) (1 / (1 - probability));
    assertThat(values(y)).containsExactly(0, 2 * scale, 3 * scale, 0);
  }

  @Test
  void loss_isMeanOfTheCrossEntropy() {
    Tensor logits = engine.memory().copyOf(HostTensor.of(1f, 3f, 3f, -2f, 0.5f, -2f));
    Tensor labels =
        engine.memory().copyOf(HostTensor.ofArray(DataType.U8, new byte[] {2, 1}, 0, 2));
    Tensor dLogits = zeros(6);
    Tensor totals = engine.memory().copyOf(HostTensor.of(10.0, 1.0));
    try (Step step =
        engine.softmaxCrossEntropy(new LossTensors(2, 3, logits, labels, dLogits, totals))) {
      step.forward();
    }
    double first = Math.exp(1) + 2 * Math.exp(3);
    double second = 2 * Math.exp(-2) + Math.exp(0.5);
    double loss = Math.log(first) - 3 + Math.log(second) - 0.5;
    assertThat(values(totals)[0]).isCloseTo(10 + loss, within(1e-6));
    // In the first row the first of two equal maxima is not the label.
    assertThat(values(totals)[1]).isEqualTo(2);
    assertClose(
        "dLogits",
        new double[] {
          Math.exp(1) / first / 2,
          Math.exp(3) / first / 2,
          (Math.exp(3) / first - 1) / 2,
          Math.exp(-2) / second / 2,
          (Math.exp(0.5) / second - 1) / 2,
          Math.exp(-2) / second / 2
        },
        values(dLogits));
  }

  @Test
  void adam_movesAsItsFormulas() {
    OptimizerSpec.Adam spec = OptimizerSpec.Adam.of(0.01);
    Tensor value = random(300);
    Tensor gradient = random(300);
    Tensor m = zeros(300);
    Tensor v = zeros(300);
    Tensor clock = engine.memory().copyOf(HostTensor.of(0L));
    double[] expected = values(value);
    double[] g = values(gradient);
    Runnable step =
        engine.optimizer(spec, List.of(new Slot(value, gradient, List.of(m, v))), clock);
    Runnable advance = engine.advance(clock);
    double[] mean = new double[300];
    double[] square = new double[300];
    for (int t = 1; t <= 3; t++) {
      step.run();
      advance.run();
      for (int i = 0; i < 300; i++) {
        mean[i] += 0.1 * (g[i] - mean[i]);
        square[i] = 0.999 * square[i] + 0.001 * g[i] * g[i];
        double denominator = Math.sqrt(square[i]) / Math.sqrt(1 - Math.pow(0.999, t)) + 1e-8;
        expected[i] -= 0.01 / (1 - Math.pow(0.9, t)) * mean[i] / denominator;
      }
    }
    assertClose("value", expected, values(value));
    assertClose("m", mean, values(m));
    assertThat(engine.memory().toHost(clock).getLong(0)).isEqualTo(3);
  }

  @Test
  void sgd_keepsItsMomentum() {
    OptimizerSpec.Sgd spec = new OptimizerSpec.Sgd(0.1, 0.5);
    Tensor value = engine.memory().copyOf(HostTensor.of(1f));
    Tensor gradient = engine.memory().copyOf(HostTensor.of(2f));
    Tensor clock = engine.memory().copyOf(HostTensor.of(0L));
    Runnable step =
        engine.optimizer(spec, List.of(new Slot(value, gradient, List.of(zeros(1)))), clock);
    step.run();
    step.run();
    // 1 - 0.1 * 2 - 0.1 * (0.5 * 2 + 2)
    assertThat(values(value)[0]).isCloseTo(0.5, within(1e-6));
  }

  @Test
  void slice_sharesTheMemory() {
    Tensor whole = engine.memory().copyOf(HostTensor.of(1f, 2f, 3f, 4f));
    Tensor part = engine.slice(whole, 1, 2);
    assertThat(values(part)).containsExactly(2, 3);
    engine.memory().write(part, HostTensor.of(7f, 8f));
    assertThat(values(whole)).containsExactly(1, 7, 8, 4);
  }

  @Test
  void mistakes_areRefusedBeforeAnythingRuns() {
    Tensor four = random(4);
    Tensor three = random(3);
    DenseSpec dense = new DenseSpec(2, 2, 2, Activation.NONE, false);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> engine.dense(dense, weights(4, 0), Flow.forwardOnly(three, four)))
        .withMessageContaining("expected 4");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> engine.sum(four, three, four))
        .withMessageContaining("expected 4");
    assertThatIllegalArgumentException().isThrownBy(() -> engine.advance(four));
    try (Step step = engine.pointwise(Pointwise.RELU, Flow.forwardOnly(four, four))) {
      assertThatThrownBy(step::backward).isInstanceOf(UnsupportedOperationException.class);
    }
  }
}
