package io.github.bn4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.op.Convention;
import io.github.bn4j.op.HostTensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

final class CheckpointTest {
  @TempDir private Path folder;

  private static HostTensor two() {
    return HostTensor.of(1f, 2f);
  }

  private static NamedTensors.Builder layer(Convention convention, String prefix) {
    CheckpointNames names = CheckpointNames.of(convention);
    return NamedTensors.builder()
        .put(prefix + names.scale(), two(), 2)
        .put(prefix + names.shift(), two(), 2)
        .put(prefix + names.mean(), two(), 2)
        .put(prefix + names.variance(), two(), 2);
  }

  @ParameterizedTest
  @CsvSource({
    "PYTORCH, weight bias running_mean running_var num_batches_tracked",
    "KERAS, gamma beta moving_mean moving_variance null",
    "ONNX, scale B input_mean input_var null",
    "FLAX, scale bias mean var null"
  })
  void names_areTheFrameworks(Convention convention, String names) {
    CheckpointNames n = CheckpointNames.of(convention);
    assertThat(
            "%s %s %s %s %s".formatted(n.scale(), n.shift(), n.mean(), n.variance(), n.batches()))
        .isEqualTo(names);
  }

  @ParameterizedTest
  @EnumSource(names = {"CUDNN", "TF_FUSED"})
  void names_ofCallsWithoutCheckpoints_areRefused(Convention convention) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CheckpointNames.of(convention))
        .withMessage(
            "convention: expected one with checkpoints (pytorch, keras, onnx, flax), got "
                + convention.label());
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"CUDNN", "TF_FUSED"})
  void file_isReadAndWrittenUnchanged(Convention convention) throws IOException {
    Path file = folder.resolve("in");
    NamedTensors tensors =
        layer(convention, "block/1.bn.")
            .put("conv.weight", HostTensor.of(new float[8]), 2, 1, 2, 2)
            .metadata("format", "pt")
            .build();
    Safetensors.write(file, tensors);
    Checkpoint read = Checkpoint.read(file, convention);
    assertThat(read.layers()).extracting(CheckpointLayer::label).containsExactly("block/1.bn");
    assertThat(read.layer("block/1.bn").channels()).isEqualTo(2);
    assertThat(read.others().tensors()).containsOnlyKeys("conv.weight");
    Path again = folder.resolve("out");
    read.write(again);
    assertThat(again).hasSameBinaryContentAs(file);
    assertThat(Checkpoint.conventionsIn(tensors)).containsExactly(convention);
  }

  @Test
  void layersWithoutPrefixOrAffine_areFound() {
    NamedTensors tensors =
        NamedTensors.builder()
            .put("running_mean", two(), 2)
            .put("running_var", two(), 2)
            .put("a.running_mean", two(), 2)
            .put("a.running_var", two(), 2)
            .put("a.num_batches_tracked", HostTensor.of(3L))
            .put("not_running_mean", two(), 2)
            .build();
    Checkpoint found = Checkpoint.of(Convention.PYTORCH, tensors, List.of());
    assertThat(found.layers()).extracting(CheckpointLayer::label).containsExactly("(top)", "a");
    assertThat(found.layer("").scale()).isNull();
    assertThat(found.layer("a").batchCount()).isEqualTo(3);
    assertThat(found.others().tensors()).containsOnlyKeys("not_running_mean");
    assertThat(found.toTensors().tensors()).containsOnlyKeys(tensors.tensors().keySet());
  }

  @Test
  void flaxCollections_areJoined() {
    NamedTensors tensors =
        NamedTensors.builder()
            .put("params/bn/scale", two(), 2)
            .put("params/bn/bias", two(), 2)
            .put("params/dense/kernel", two(), 2)
            .put("batch_stats/bn/mean", two(), 2)
            .put("batch_stats/bn/var", two(), 2)
            .build();
    Checkpoint found = Checkpoint.of(Convention.FLAX, tensors, List.of("bn"));
    assertThat(found.layer("bn").scale()).isNotNull();
    assertThat(found.toTensors().tensors())
        .containsOnlyKeys("params/dense/kernel", "bn/scale", "bn/bias", "bn/mean", "bn/var");
  }

  @Test
  void incompleteLayer_isRefused() throws IOException {
    Path file = folder.resolve("in");
    Safetensors.write(file, NamedTensors.builder().put("bn.running_mean", two(), 2).build());
    assertThatThrownBy(() -> Checkpoint.read(file, Convention.PYTORCH))
        .isInstanceOf(MalformedFileException.class)
        .hasMessage(
            file
                + ": bn.running_var: expected it beside bn.running_mean, got none;"
                + " if that is no batch norm, name the layers that are");
    Safetensors.write(file, NamedTensors.builder().put("var", two(), 2).build());
    assertThatThrownBy(() -> Checkpoint.read(file, Convention.FLAX))
        .hasMessageContaining("mean: expected it beside var, got none");
  }

  @Test
  void otherTensorsOfTheSameName_areLeftAloneIfLayersAreNamed() {
    NamedTensors tensors = layer(Convention.FLAX, "bn/").put("image/mean", two(), 2).build();
    Checkpoint found = Checkpoint.of(Convention.FLAX, tensors, List.of("bn"));
    assertThat(found.layers()).hasSize(1);
    assertThat(found.others().tensors()).containsOnlyKeys("image/mean");
  }

  @Test
  void layerThatIsNotThere_isNamedWithThoseThatAre() {
    NamedTensors tensors = layer(Convention.PYTORCH, "bn1.").build();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Checkpoint.of(Convention.PYTORCH, tensors, List.of("bn2")))
        .withMessage(
            "layer: expected the prefix of a tensor running_mean, one of [bn1.], got \"bn2\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Checkpoint.of(Convention.PYTORCH, tensors, List.of()).layer("bn2"))
        .withMessage("layer: expected one of [bn1], got \"bn2\"");
  }

  @Test
  void wrongSizesAndTypes_areRefused() {
    StoredTensor two = StoredTensor.of(two(), 2);
    StoredTensor three = StoredTensor.of(HostTensor.of(1f, 2f, 3f), 3);
    StoredTensor matrix = StoredTensor.of(two(), 1, 2);
    StoredTensor longs = StoredTensor.of(HostTensor.of(1L, 2L), 2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CheckpointLayer("bn.", null, null, two, three, null))
        .withMessageStartingWith(
            "layer \"bn.\": expected a variance of one floating-point element per channel (2), got F32 [3]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CheckpointLayer("bn.", matrix, null, two, two, null))
        .withMessageContaining("expected a scale")
        .withMessageContaining("got F32 [1, 2]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CheckpointLayer("bn.", null, longs, two, two, null))
        .withMessageContaining("expected a shift")
        .withMessageContaining("got I64 [2]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CheckpointLayer("bn.", null, null, two, two, longs))
        .withMessage("layer \"bn.\": expected a counter of batches I64 [], got I64 [2]");
  }

  @Test
  void nameThatIsTaken_isRefused() {
    NamedTensors tensors = layer(Convention.PYTORCH, "bn.").put("bn.mean", two(), 2).build();
    Checkpoint source = Checkpoint.of(Convention.PYTORCH, tensors, List.of());
    Checkpoint renamed = new Checkpoint(Convention.FLAX, source.layers(), source.others());
    assertThatIllegalArgumentException()
        .isThrownBy(renamed::toTensors)
        .withMessage(
            "bn.mean: expected this name to be free, got another tensor of it; rename that one first");
  }
}
