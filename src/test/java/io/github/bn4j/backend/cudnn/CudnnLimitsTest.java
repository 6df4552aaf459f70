package io.github.bn4j.backend.cudnn;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.backend.Support;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.TensorShape;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

final class CudnnLimitsTest {
  private static Support supports(UnaryOperator<BatchNormSpec.Builder> change, long... sizes) {
    BatchNormSpec.Builder builder = BatchNormSpec.builder(TensorShape.of(sizes));
    return CudnnLimits.supports(change.apply(builder).build(), false);
  }

  @Test
  void supports_ordinaryTraining_yes() {
    assertThat(supports(b -> b, 32, 64, 56, 56).isYes()).isTrue();
    assertThat(supports(b -> b.dataType(DataType.F64).affine(false, false), 32, 64).isYes())
        .isTrue();
    assertThat(supports(b -> b.layout(Layout.CHANNEL_LAST), 2, 3, 4, 5, 6).isYes()).isTrue();
  }

  @Test
  void supports_frozen_saysThatBackwardIsMissing() {
    assertThat(supports(b -> b.mode(Mode.FROZEN), 32, 64).reason())
        .isEqualTo("cudnn: has no backward pass for FROZEN; use ptx");
  }

  @Test
  void supports_persistentBf16_isRefused() {
    BatchNormSpec spec =
        BatchNormSpec.builder(TensorShape.of(32, 64, 7)).dataType(DataType.BF16).build();

    assertThat(CudnnLimits.supports(spec, true).reason())
        .isEqualTo("cudnn: SPATIAL_PERSISTENT is not known to take bf16; use ptx");
  }

  @Test
  void supports_batchLimits_areInclusive() {
    UnaryOperator<BatchNormSpec.Builder> inference = b -> b.mode(Mode.INFERENCE);
    assertThat(supports(inference, 65535, 3, 2).isYes()).isTrue();
    assertThat(supports(inference, 65536, 3, 2).reason())
        .isEqualTo("cudnn: expected a batch of at most 65535 in INFERENCE, got 65536; use ptx");
    assertThat(supports(b -> b, 880801, 3, 2).isYes()).isTrue();
    assertThat(supports(b -> b, 880802, 3, 2).reason())
        .isEqualTo("cudnn: expected a batch of at most 880801 in TRAINING, got 880802; use ptx");
    assertThat(supports(b -> b, 131070, 3).isYes()).isTrue();
    assertThat(supports(b -> b, 131071, 3).isYes()).isFalse();
  }

  @Test
  void supports_elementLimit_is32Bits() {
    assertThat(supports(b -> b, 1, 1, Integer.MAX_VALUE).isYes()).isTrue();
    assertThat(supports(b -> b, 1, 1, 1L << 31).reason())
        .isEqualTo("cudnn: expected fewer than 2^31 elements, got 2147483648; use ptx");
  }

  @Test
  void supports_fusedForms_areLeftToPtx() {
    assertThat(supports(b -> b.activation(Activation.RELU), 32, 64).reason())
        .contains("only in the mode SPATIAL_PERSISTENT (cudnn-persistent)");
    assertThat(supports(b -> b.residual(true), 32, 64).reason())
        .contains("no call that adds a residual without an activation");
  }

  @Test
  void supports_fusedPersistent_onlyWhatTheExCallsTake() {
    BatchNormSpec fused =
        BatchNormSpec.builder(TensorShape.of(32, 64, 7, 7))
            .layout(Layout.CHANNEL_LAST)
            .dataType(DataType.F16)
            .residual(true)
            .activation(Activation.RELU)
            .build();

    assertThat(CudnnLimits.supports(fused, true).isYes()).isTrue();
    assertThat(CudnnLimits.supports(fused, false).isYes()).isFalse();
    for (BatchNormSpec other :
        new BatchNormSpec[] {
          fused.toBuilder().layout(Layout.CHANNEL_SECOND).build(),
          fused.toBuilder().dataType(DataType.F32).build(),
          fused.toBuilder().mode(Mode.INFERENCE).build(),
          fused.toBuilder().shape(TensorShape.of(32, 62, 7, 7)).build()
        }) {
      assertThat(CudnnLimits.supports(other, true).reason()).contains("f16, channels last, in");
    }
  }

  @Test
  void supports_persistentWithoutPositions_isRefused() {
    BatchNormSpec spec = BatchNormSpec.builder(TensorShape.of(32, 64)).build();

    assertThat(CudnnLimits.supports(spec, true).reason())
        .isEqualTo("cudnn: SPATIAL_PERSISTENT needs spatial positions, got 32x64; use ptx");
  }
}
