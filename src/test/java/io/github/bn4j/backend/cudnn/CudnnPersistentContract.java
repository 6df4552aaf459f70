package io.github.bn4j.backend.cudnn;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.TensorShape;
import io.github.bn4j.verify.Case;
import io.github.bn4j.verify.Cases;
import io.github.bn4j.verify.HardInput;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The laws as far as cuDNN's persistent mode can keep them, with what only it can fuse. */
abstract class CudnnPersistentContract extends CudnnContract {
  @Override
  public Backend backend() {
    return CudnnBackend.persistent();
  }

  private static BatchNormSpec.Builder halves() {
    return BatchNormSpec.builder(TensorShape.of(3, 12, 5, 7))
        .layout(Layout.CHANNEL_LAST)
        .dataType(DataType.F16);
  }

  /**
   * The Ex calls: plain, with an activation, with residual and activation; in all parts of affine.
   */
  @Test
  @Override
  public void agreement_residualAndActivation_isWithinBounds() {
    List<Case> cases = new ArrayList<>(Cases.fused());
    for (boolean residual : new boolean[] {false, true}) {
      for (boolean scale : new boolean[] {false, true}) {
        for (boolean shift : new boolean[] {false, true}) {
          Case one =
              Case.of(
                  halves()
                      .residual(residual)
                      .activation(Activation.RELU)
                      .affine(scale, shift)
                      .build(),
                  HardInput.ORDINARY);
          cases.add(one);
          cases.add(one.withReserve());
          cases.add(one.withInPlace());
        }
      }
    }
    cases.add(Case.of(halves().build(), HardInput.ORDINARY).withReserve());
    assertAgreement(cases);
  }

  @Test
  void explain_fused_saysWhoGoesWhere() {
    try (Plan plan = backend().plan(halves().activation(Activation.RELU).build(), options())) {
      assertThat(plan.explain()).contains("forward by the fused Ex call, backward by ptx");
      assertThat(plan.reserveBytes()).isZero();
    }
    try (Plan plan = backend().plan(halves().build(), options())) {
      assertThat(plan.explain()).contains("with the Ex calls where a reserve is given");
      assertThat(plan.reserveBytes()).isPositive();
    }
  }
}
