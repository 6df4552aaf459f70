package io.github.bn4j.train.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Tensor;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** An engine under test, tensors of random numbers, and how close is close enough. */
public abstract class EngineRig {
  /**
   * Of sums of some hundred products of numbers below 1 in f32: each rounding is 2^-24 of a partial
   * sum that stays below 16.
   */
  private static final double TOLERANCE = 1e-4;

  /** Under test. */
  protected Engine engine;

  private final SplittableRandom random = new SplittableRandom(7);

  /** A new engine; closed by the test. */
  protected abstract Engine open();

  @BeforeEach
  final void openEngine() {
    engine = open();
  }

  @AfterEach
  final void closeEngine() {
    engine.close();
  }

  Tensor random(long elements) {
    HostTensor values = HostTensor.allocate(DataType.F32, elements);
    for (long i = 0; i < elements; i++) {
      values.set(i, random.nextDouble(-1, 1));
    }
    return engine.memory().copyOf(values);
  }

  Tensor zeros(long elements) {
    return engine.memory().allocate(DataType.F32, elements);
  }

  double[] values(Tensor tensor) {
    return engine.memory().toHost(tensor).toDoubles();
  }

  static void assertClose(String what, double[] expected, double[] got) {
    assertThat(got).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat(got[i]).as("%s[%d]", what, i).isCloseTo(expected[i], within(TOLERANCE));
    }
  }

  Weights weights(long elements, long outputs) {
    return new Weights(
        random(elements),
        outputs == 0 ? null : random(outputs),
        random(elements),
        outputs == 0 ? null : random(outputs));
  }

  double[] valuesOrZeros(@Nullable Tensor tensor, long elements) {
    return tensor == null ? new double[(int) elements] : values(tensor);
  }
}
