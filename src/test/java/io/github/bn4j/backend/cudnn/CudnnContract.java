package io.github.bn4j.backend.cudnn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.BackendContract;
import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.AverageFactor;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SavedStatistics;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.op.TensorShape;
import io.github.bn4j.op.VarianceKind;
import io.github.bn4j.verify.Case;
import io.github.bn4j.verify.HardInput;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
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
        .hasMessageContaining("backward pass needs y")
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
          for (DataType type : new DataType[] {DataType.F32, DataType.F64, DataType.F16}) {
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

  /** As the general law, but the variance is known only to an ulp of v + epsilon. */
  @Test
  @Override
  public void running_cumulative_isTheMeanOverBatches() {
    BatchNormSpec spec =
        BatchNormSpec.builder(TensorShape.of(2, 2))
            .averageFactor(AverageFactor.CUMULATIVE)
            .varianceKind(VarianceKind.POPULATION)
            .build();
    try (Memory memory = backend().memory(PlanOptions.DEFAULT);
        Plan plan = backend().plan(spec, PlanOptions.DEFAULT)) {
      Tensor mean = memory.allocate(DataType.F32, 2);
      Tensor variance = memory.allocate(DataType.F32, 2);
      Tensor batches = memory.allocate(DataType.I64, 1);
      for (float[] batch : new float[][] {{3, 3, 5, 5}, {5, 5, 11, 11}}) {
        plan.forward(
            ForwardTensors.builder(
                    memory.copyOf(HostTensor.of(batch)), memory.allocate(DataType.F32, 4))
                .affine(memory.copyOf(HostTensor.of(1f, 1f)), memory.copyOf(HostTensor.of(0f, 0f)))
                .running(new RunningStatistics(mean, variance, batches))
                .saved(
                    new SavedStatistics(
                        memory.allocate(DataType.F32, 2), memory.allocate(DataType.F32, 2)))
                .build());
      }
      assertThat(memory.toHost(mean).toDoubles()).containsOnly(6);
      // Variances 1 and 9; a few ulp of 9.
      assertThat(memory.toHost(variance).toDoubles())
          .containsExactly(new double[] {5, 5}, Offset.offset(4e-6));
      assertThat(memory.toHost(batches).getLong(0)).isEqualTo(2);
    }
  }
}
