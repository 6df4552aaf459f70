package io.github.bn4j.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.op.Activation;
import io.github.bn4j.op.Convention;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.op.TensorShape;
import java.util.Objects;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** The layer computes and keeps what a layer of a network does; on the reference backend. */
final class BatchNormTest {
  private static final TensorShape SHAPE = TensorShape.of(4, 1);
  private static final Offset<Float> CLOSE = Offset.offset(1e-5f);

  private final HostTensor x = HostTensor.of(1f, 2f, 3f, 4f);
  private final HostTensor y = HostTensor.allocate(DataType.F32, 4);

  private static BatchNormBuilder layer() {
    return BatchNorm.builder(1).backend("reference");
  }

  private static float first(Tensor tensor) {
    return (float) ((HostTensor) tensor).get(0);
  }

  @Test
  void train_normalizesAndUpdatesRunningStatistics() {
    try (BatchNorm layer = layer().build()) {
      layer.train(SHAPE, x, y);

      // mean 2.5, population variance 1.25, unbiased 5 / 3
      assertThat(y.get(0)).isCloseTo(-1.5 / Math.sqrt(1.25 + 1e-5), Offset.offset(1e-6));
      RunningStatistics running = Objects.requireNonNull(layer.running());
      assertThat(first(running.mean())).isCloseTo(0.25f, CLOSE);
      assertThat(first(running.variance())).isCloseTo(0.9f + 0.1f * 5 / 3, CLOSE);
      assertThat(((HostTensor) Objects.requireNonNull(running.batches())).getLong(0)).isEqualTo(1);
    }
  }

  @Test
  void inference_startsAsIdentityAndChangesNothing() {
    try (BatchNorm layer = layer().epsilon(1e-12).build()) {
      layer.inference(SHAPE, x, y);

      assertThat(y.toFloats()).containsExactly(1f, 2f, 3f, 4f);
      assertThat(first(Objects.requireNonNull(layer.running()).mean())).isZero();
    }
  }

  @Test
  void backward_writesGradientsForTheOptimizer() {
    HostTensor dy = HostTensor.of(1f, 0f, 0f, 2f);
    HostTensor dx = HostTensor.allocate(DataType.F32, 4);
    try (BatchNorm layer = layer().build()) {
      layer.train(SHAPE, x, y).backward(dy, dx);

      assertThat(layer.parameters()).extracting(Parameter::name).containsExactly("weight", "bias");
      assertThat(first(layer.parameters().get(0).gradient()))
          .isCloseTo((float) (1.5 / Math.sqrt(1.25)), CLOSE);
      assertThat(first(layer.parameters().get(1).gradient())).isEqualTo(3f);
      assertThat(dx.toFloats()[0] + dx.toFloats()[1] + dx.toFloats()[2] + dx.toFloats()[3])
          .isCloseTo(0f, CLOSE);
    }
  }

  @Test
  void optimizerStep_showsInTheNextForwardPass() {
    try (BatchNorm layer = layer().build()) {
      ((HostTensor) layer.parameters().get(0).value()).set(0, 0);
      ((HostTensor) layer.parameters().get(1).value()).set(0, 7);
      layer.train(SHAPE, x, y);

      assertThat(y.toFloats()).containsExactly(7f, 7f, 7f, 7f);
    }
  }

  @Test
  void frozen_hasBackwardWithConstantStatistics() {
    HostTensor dy = HostTensor.of(1f, 0f, 0f, 2f);
    HostTensor dx = HostTensor.allocate(DataType.F32, 4);
    try (BatchNorm layer = layer().epsilon(1e-12).build()) {
      layer.frozen(SHAPE, x, y).backward(dy, dx);

      assertThat(dx.toFloats()).containsExactly(1f, 0f, 0f, 2f);
      assertThat(first(Objects.requireNonNull(layer.running()).mean())).isZero();
    }
  }

  @Test
  void residualAndRelu_areFused() {
    HostTensor residual = HostTensor.of(0f, -9f, 9f, 0f);
    HostTensor dy = HostTensor.of(1f, 1f, 1f, 1f);
    HostTensor dx = HostTensor.allocate(DataType.F32, 4);
    HostTensor dResidual = HostTensor.allocate(DataType.F32, 4);
    try (BatchNorm layer = layer().activation(Activation.RELU).residual(true).build()) {
      Pass pass = layer.train(SHAPE, x, y, residual);
      pass.backward(dy, dx, dResidual);

      assertThat(y.toFloats()[0]).isZero();
      assertThat(y.toFloats()[2]).isGreaterThan(9f);
      assertThat(dResidual.toFloats()).containsExactly(0f, 0f, 1f, 1f);
    }
  }

  @Test
  void wrappedTensors_areTheCallersMemory() {
    HostTensor gamma = HostTensor.of(2f);
    HostTensor dGamma = HostTensor.of(-1f);
    HostTensor mean = HostTensor.of(1f);
    HostTensor variance = HostTensor.of(4f);
    try (BatchNorm layer =
        layer()
            .parameters(gamma, null)
            .gradients(dGamma, null)
            .running(new RunningStatistics(mean, variance, null))
            .build()) {
      layer.train(SHAPE, x, y).backward(x, HostTensor.allocate(DataType.F32, 4));

      assertThat(layer.parameters().get(0).value()).isSameAs(gamma);
      assertThat(dGamma.get(0)).isPositive();
      assertThat(mean.get(0)).isCloseTo(0.9 + 0.25, Offset.offset(1e-6));
      assertThat(y.get(3)).isCloseTo(2 * 1.5 / Math.sqrt(1.25), Offset.offset(1e-4));
    }
  }

  @Test
  void momentum_isReadInTheConventionsMeaningWhateverTheOrder() {
    try (BatchNorm layer = layer().momentum(0.9).convention(Convention.KERAS).build()) {
      layer.train(SHAPE, x, y);

      assertThat(first(Objects.requireNonNull(layer.running()).mean())).isCloseTo(0.25f, CLOSE);
    }
  }

  @Test
  void cumulative_isThePlainMean() {
    try (BatchNorm layer = layer().cumulative().build()) {
      layer.train(SHAPE, x, y);
      layer.train(SHAPE, HostTensor.of(3f, 4f, 5f, 6f), y);

      assertThat(first(Objects.requireNonNull(layer.running()).mean())).isCloseTo(3.5f, CLOSE);
    }
  }

  @Test
  void f64_hasStatisticsInF64() {
    try (BatchNorm layer = layer().dataType(DataType.F64).build()) {
      assertThat(layer.parameters().get(0).value().dataType()).isEqualTo(DataType.F64);
      assertThat(layer.parameters().get(0).gradient().dataType()).isEqualTo(DataType.F64);
    }
  }

  @Test
  void withoutAffineAndTracking_usesTheBatch() {
    try (BatchNorm layer = layer().affine(false, false).trackRunningStatistics(false).build()) {
      layer.inference(SHAPE, x, y);

      assertThat(layer.parameters()).isEmpty();
      assertThat(layer.running()).isNull();
      assertThat(y.get(0) + y.get(3)).isCloseTo(0, Offset.offset(1e-6));
      assertThatThrownBy(() -> layer.frozen(SHAPE, x, y))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("FROZEN normalizes with running statistics");
    }
  }
}
