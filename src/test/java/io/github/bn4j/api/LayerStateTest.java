package io.github.bn4j.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.io.NamedTensors;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.TensorShape;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LayerStateTest {
  private static final TensorShape SHAPE = TensorShape.of(3, 2);

  @TempDir private Path folder;

  private static BatchNormBuilder layer() {
    return BatchNorm.builder(2).backend("reference");
  }

  private static float[] infer(BatchNorm layer) {
    HostTensor y = HostTensor.allocate(DataType.F32, 6);
    layer.inference(SHAPE, HostTensor.of(1f, -2f, 3f, 4f, 5f, 9f), y);
    return y.toFloats();
  }

  @Test
  void savedAndLoaded_layerComputesTheSame() throws Exception {
    Path file = folder.resolve("bn.safetensors");
    try (BatchNorm trained = layer().build();
        BatchNorm loaded = layer().build()) {
      HostTensor y = HostTensor.allocate(DataType.F32, 6);
      trained.train(SHAPE, HostTensor.of(1f, 2f, 3f, 4f, 5f, 9f), y);
      ((HostTensor) trained.parameters().get(0).value()).set(1, 3);
      trained.save(file);
      loaded.load(file);

      assertThat(infer(loaded)).containsExactly(infer(trained));
      HostTensor batches =
          (HostTensor) Objects.requireNonNull(Objects.requireNonNull(loaded.running()).batches());
      assertThat(batches.getLong(0)).isEqualTo(1);
    }
  }

  @Test
  void state_isPrefixedAndFound() {
    try (BatchNorm one = layer().build();
        BatchNorm other = layer().build()) {
      ((HostTensor) one.parameters().get(1).value()).set(0, 5);
      NamedTensors state = one.state("layer1.bn.");
      other.load(state, "layer1.bn.");

      assertThat(state.tensors().keySet())
          .containsExactly(
              "layer1.bn.weight",
              "layer1.bn.bias",
              "layer1.bn.running_mean",
              "layer1.bn.running_var",
              "layer1.bn.num_batches_tracked");
      assertThat(infer(other)).containsExactly(infer(one));
    }
  }

  @Test
  void halfPrecisionCheckpoint_isConverted() {
    NamedTensors half =
        NamedTensors.builder()
            .put("weight", HostTensor.of(DataType.BF16, (short) 0x4000, (short) 0x3f80), 2)
            .build();
    try (BatchNorm layer =
        layer().affine(true, false).trackRunningStatistics(false).dataType(DataType.F64).build()) {
      layer.load(half, "");

      assertThat(((HostTensor) layer.parameters().get(0).value()).toDoubles())
          .containsExactly(2, 1);
    }
  }

  @Test
  void whatDoesNotFit_isNamedAndNothingChanged() {
    try (BatchNorm layer = layer().affine(true, false).trackRunningStatistics(false).build()) {
      float[] before = infer(layer);
      HostTensor ones = HostTensor.of(7f, 7f);
      NamedTensors extra =
          NamedTensors.builder().put("weight", ones, 2).put("bias", ones, 2).build();
      assertThatThrownBy(() -> layer.load(extra, ""))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "bias: expected none, since the layer has none, got F32 [2]; build the layer with it");
      NamedTensors missing = NamedTensors.builder().put("scale", ones, 2).build();
      assertThatThrownBy(() -> layer.load(missing, "bn."))
          .hasMessage("bn.weight: expected a tensor of this name, got none; there are [scale]");
      NamedTensors longer =
          NamedTensors.builder().put("weight", HostTensor.of(1f, 2f, 3f), 3).build();
      assertThatThrownBy(() -> layer.load(longer, ""))
          .hasMessage("weight: expected 2 floating-point elements (channels), got F32 [3]");

      assertThat(infer(layer)).containsExactly(before);
    }
  }
}
