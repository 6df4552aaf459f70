package io.github.bn4j.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.TensorShape;
import io.github.bn4j.verify.Case;
import io.github.bn4j.verify.CaseInputs;
import io.github.bn4j.verify.CaseRunner;
import io.github.bn4j.verify.Quantity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The backward passes are the derivatives of {@code L = sum(dy * y)}, by central differences of the
 * forward pass in double precision.
 */
class ReferenceDerivativeTest {
  /** The step: its square and 2^-53 divided by it are both far below the tolerance. */
  private static final double STEP = 1e-5;

  /** {@code STEP^2} times third derivatives of size 10 and so many terms. */
  private static final double TOLERANCE = 1e-7;

  /** No step of an input moves a pre-activation as far as this. */
  private static final double KINK = 1e-3;

  private final CaseRunner reference = new CaseRunner(new ReferenceBackend(), PlanOptions.DEFAULT);

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (Mode mode : List.of(Mode.TRAINING, Mode.FROZEN)) {
      for (Layout layout : Layout.values()) {
        for (boolean residual : new boolean[] {false, true}) {
          for (Activation activation : Activation.values()) {
            BatchNormSpec.Builder spec =
                BatchNormSpec.builder(TensorShape.of(2, 4, 3)).mode(mode).layout(layout);
            spec.dataType(DataType.F64).residual(residual).activation(activation);
            cases.add(Case.of(spec.build()));
            if (activation == Activation.RELU) {
              cases.add(Case.of(spec.build()).withReserve());
              cases.add(Case.of(spec.affine(false, true).build()));
              cases.add(Case.of(spec.affine(true, false).build()));
            }
          }
        }
      }
    }
    return cases;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void backward_everyInput_isTheDerivative(Case c) {
    CaseInputs inputs = CaseInputs.of(c);
    clearKinks(c, inputs);
    Map<Quantity, HostTensor> results = reference.run(c, inputs, null);
    assertDerivative(c, inputs, inputs.x(), results.get(Quantity.DX));
    assertDerivative(c, inputs, inputs.residual(), results.get(Quantity.D_RESIDUAL));
    assertDerivative(c, inputs, inputs.gamma(), results.get(Quantity.D_GAMMA));
    assertDerivative(c, inputs, inputs.beta(), results.get(Quantity.D_BETA));
  }

  private void clearKinks(Case c, CaseInputs inputs) {
    BatchNormSpec linear = c.spec().toBuilder().activation(Activation.NONE).build();
    double[] z = y(Case.of(linear), inputs);
    int cleared = 0;
    for (int i = 0; i < z.length; i++) {
      if (Math.abs(z[i]) < KINK && c.spec().activation() == Activation.RELU) {
        inputs.dy().set(i, 0);
        cleared++;
      }
    }
    // With a scale of 0 and no shift a whole channel is at the kink.
    assertThat(cleared).isLessThan(z.length / 2);
  }

  private void assertDerivative(
      Case c, CaseInputs inputs, @Nullable HostTensor input, @Nullable HostTensor gradient) {
    assertThat(gradient == null).isEqualTo(input == null);
    for (int i = 0; input != null && gradient != null && i < input.elements(); i++) {
      double value = input.get(i);
      input.set(i, value + STEP);
      double above = loss(c, inputs);
      input.set(i, value - STEP);
      double below = loss(c, inputs);
      input.set(i, value);
      assertThat(gradient.get(i))
          .as("%s, element %d", c.name(), i)
          .isCloseTo((above - below) / (2 * STEP), within(TOLERANCE));
    }
  }

  private double loss(Case c, CaseInputs inputs) {
    double[] y = y(c, inputs);
    double sum = 0;
    for (int i = 0; i < y.length; i++) {
      sum += y[i] * inputs.dy().get(i);
    }
    return sum;
  }

  private double[] y(Case c, CaseInputs inputs) {
    HostTensor y = reference.run(c, inputs, null).get(Quantity.Y);
    return Objects.requireNonNull(y).toDoubles();
  }
}
