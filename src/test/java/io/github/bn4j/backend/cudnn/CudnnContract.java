package io.github.bn4j.backend.cudnn;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.BackendContract;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.TensorShape;
import io.github.bn4j.verify.Case;
import io.github.bn4j.verify.HardInput;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The laws as far as cuDNN can keep them; what it refuses has laws of its own here. */
abstract class CudnnContract extends BackendContract {
  @Override
  public Backend backend() {
    return CudnnBackend.spatial();
  }

  /** cuDNN refuses all fused forms, so that the general law has nothing to compute. */
  @Test
  @Override
  public void agreement_residualAndActivation_isWithinBounds() {
    BatchNormSpec spec =
        BatchNormSpec.builder(TensorShape.of(4, 8, 4, 8)).activation(Activation.RELU).build();

    assertThatThrownBy(() -> backend().plan(spec, options()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("only in the mode SPATIAL_PERSISTENT (cudnn-persistent)")
        .hasMessageEndingWith("use ptx");
  }

  /** The general law's cases have an activation; cuDNN needs stand-ins for what is missing. */
  @Test
  @Override
  public void agreement_partsOfAffine_isWithinBounds() {
    List<Case> cases = new ArrayList<>();
    for (boolean scale : new boolean[] {true, false}) {
      for (boolean shift : new boolean[] {true, false}) {
        for (Layout layout : Layout.values()) {
          for (DataType type :
              new DataType[] {DataType.F32, DataType.F64, DataType.F16, DataType.BF16}) {
            cases.add(
                Case.of(
                    BatchNormSpec.builder(TensorShape.of(3, 5, 7, 7))
                        .affine(scale, shift)
                        .layout(layout)
                        .dataType(type)
                        .build(),
                    HardInput.ORDINARY));
          }
        }
      }
    }
    assertAgreement(cases);
  }
}
