package io.github.bn4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.bn4j.op.Convention;
import io.github.bn4j.op.HostTensor;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CheckpointFoldingTest {
  /** Factor 2 and shift 1: gamma 2, variance 1 - epsilon, mean 0, beta 1. */
  private static NamedTensors.Builder norm(Convention convention, String prefix) {
    CheckpointNames names = CheckpointNames.of(convention);
    return NamedTensors.builder()
        .put(prefix + names.scale(), HostTensor.of(2f), 1)
        .put(prefix + names.shift(), HostTensor.of(1f), 1)
        .put(prefix + names.mean(), HostTensor.of(0f), 1)
        .put(prefix + names.variance(), HostTensor.of(0.5f), 1);
  }

  private static float[] floats(NamedTensors tensors, String name) {
    return Objects.requireNonNull(tensors.get(name), name).values().toFloats();
  }

  @ParameterizedTest
  @CsvSource({
    "PYTORCH, conv., conv.weight, conv.bias",
    "PYTORCH, conv, conv.weight, conv.bias",
    "PYTORCH, '', weight, bias",
    "ONNX, conv, conv.W, conv.B",
    "KERAS, conv, conv/kernel, conv/bias",
    "KERAS, conv, conv/depthwise_kernel, conv/bias",
    "FLAX, params/conv, params/conv/kernel, params/conv/bias"
  })
  void layerAndNorm_becomeOneLayer(
      Convention convention, String layer, String weight, String bias) {
    NamedTensors source =
        norm(convention, "bn/")
            .put(weight, HostTensor.of(3f, 4f), 1, 2, 1)
            .put("other", HostTensor.of(9f), 1)
            .metadata("a", "b")
            .build();
    if (weight.contains("kernel")) {
      source =
          norm(convention, "bn/")
              .put(weight, HostTensor.of(3f, 4f), 2, 1, 1)
              .put("other", HostTensor.of(9f), 1)
              .metadata("a", "b")
              .build();
    }
    CheckpointFolding folding = new CheckpointFolding(convention, source, 0.5);
    CheckpointFolding.Folded folded = folding.fold(layer, "bn", false);
    NamedTensors result = folding.result();
    assertThat(result.tensors()).containsOnlyKeys(weight, bias, "other");
    assertThat(result.metadata()).containsEntry("a", "b");
    assertThat(floats(result, weight)).containsExactly(6f, 8f);
    assertThat(floats(result, bias)).containsExactly(1f);
    assertThat(folded.biasAdded()).isTrue();
    assertThat(folded.batchNorm()).isEqualTo("bn");
  }

  @Test
  void bias_isUsedAndReplaced() {
    NamedTensors source =
        norm(Convention.PYTORCH, "bn.")
            .put("fc.weight", HostTensor.of(3f), 1, 1)
            .put("fc.bias", HostTensor.of(5f), 1)
            .build();
    CheckpointFolding folding = new CheckpointFolding(Convention.PYTORCH, source, 0.5);
    assertThat(folding.fold("fc", "bn", false).biasAdded()).isFalse();
    assertThat(floats(folding.result(), "fc.bias")).containsExactly(11f);
    assertThat(floats(source, "fc.bias")).containsExactly(5f);
  }

  @Test
  void transposedConvolution_needsToBeSaid() {
    NamedTensors source =
        norm(Convention.PYTORCH, "bn.").put("up.weight", HostTensor.of(3f, 4f), 2, 1, 1).build();
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new CheckpointFolding(Convention.PYTORCH, source, 0.5).fold("up", "bn", false))
        .withMessage(
            "up and bn: weight: expected sizes [O, I/groups, K...] with 1 output channels, got"
                + " [2, 1, 1]; say whether the convolution is transposed, and check which batch"
                + " norm follows it");
    CheckpointFolding folding = new CheckpointFolding(Convention.PYTORCH, source, 0.5);
    folding.fold("up", "bn", true);
    assertThat(floats(folding.result(), "up.weight")).containsExactly(6f, 8f);
  }

  @Test
  void layerThatIsNotThere_isRefusedWithTheNamesTried() {
    CheckpointFolding folding =
        new CheckpointFolding(Convention.PYTORCH, norm(Convention.PYTORCH, "bn.").build(), 1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> folding.fold("conv", "bn", false))
        .withMessage(
            "layer \"conv\": expected weights named one of [conv.weight, conv/weight], got none");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> folding.fold("conv", "bn2", false))
        .withMessage(
            "layer: expected the prefix of a tensor running_mean, one of [bn.], got \"bn2\"");
  }

  @Test
  void secondNormForOneLayer_isRefused() {
    NamedTensors.Builder both = norm(Convention.PYTORCH, "a.");
    norm(Convention.PYTORCH, "b.").build().tensors().forEach(both::put);
    NamedTensors source = both.put("fc.weight", HostTensor.of(3f), 1, 1).build();
    CheckpointFolding folding = new CheckpointFolding(Convention.PYTORCH, source, 0.5);
    folding.fold("fc", "a", false);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> folding.fold("fc", "b", false))
        .withMessage("layer \"fc\": expected one batch norm to fold into it, got \"a\" and \"b\"");
    assertThatIllegalArgumentException().isThrownBy(() -> folding.fold("fc", "a", false));
  }
}
