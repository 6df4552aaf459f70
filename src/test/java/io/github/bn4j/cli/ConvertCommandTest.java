package io.github.bn4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.bn4j.io.NamedTensors;
import io.github.bn4j.io.Safetensors;
import io.github.bn4j.op.HostTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConvertCommandTest {
  @TempDir private Path folder;
  private Path input = Path.of("");
  private Path output = Path.of("");

  @BeforeEach
  void writeInput() throws IOException {
    input = folder.resolve("in.safetensors");
    output = folder.resolve("out.safetensors");
    Safetensors.write(
        input,
        NamedTensors.builder()
            .put("bn1.weight", HostTensor.of(2f), 1)
            .put("bn1.bias", HostTensor.of(1f), 1)
            .put("bn1.running_mean", HostTensor.of(5f), 1)
            .put("bn1.running_var", HostTensor.of(8f), 1)
            .put("bn1.num_batches_tracked", HostTensor.of(3L))
            .put("a.bn2.running_mean", HostTensor.of(5f), 1)
            .put("a.bn2.running_var", HostTensor.of(10f), 1)
            .put("conv.weight", HostTensor.of(1f, 2f), 1, 2)
            .build());
  }

  private Bn4j convert(String... options) {
    List<String> words = new ArrayList<>(List.of("convert", "--input", input.toString()));
    words.addAll(List.of("--output", output.toString()));
    words.addAll(List.of(options));
    return Bn4j.run(words.toArray(String[]::new));
  }

  private float written(String name) throws IOException {
    return Objects.requireNonNull(Safetensors.read(output).get(name), name).values().toFloats()[0];
  }

  private void refused(String message, String... options) {
    Bn4j result = convert(options);
    assertThat(result.err()).contains(message).doesNotContain("\tat ");
    assertThat(result.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(Files.exists(output)).isFalse();
  }

  @Test
  void checkpoint_isConvertedAndReported() throws IOException {
    Bn4j result =
        convert("--to", "keras", "--values-per-channel", "4", "--values-per-channel", "a.bn2=10");
    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isZero();
    assertThat(result.out())
        .contains(
            "convert from pytorch to keras",
            "bn1, 1 channels",
            "  running variance: multiplied by 3 / 4",
            "  num_batches_tracked 3: lost, keras has none",
            "  running variance: multiplied by 9 / 10",
            "momentum: 0.1 in pytorch (its default; none was given) is 0.9 in keras",
            "1 other tensors copied; written to " + output);
    assertThat(Safetensors.read(output).tensors())
        .containsOnlyKeys(
            "bn1.gamma",
            "bn1.beta",
            "bn1.moving_mean",
            "bn1.moving_variance",
            "a.bn2.moving_mean",
            "a.bn2.moving_variance",
            "conv.weight");
    assertThat(written("bn1.moving_variance")).isEqualTo(6);
    assertThat(written("a.bn2.moving_variance")).isEqualTo(9);
  }

  @Test
  void json_holdsTheReport() {
    Bn4j result = convert("--to", "onnx", "--layer", "a.bn2", "--keep-variance", "--json");
    JsonObject report = JsonParser.parseString(result.out()).getAsJsonObject();
    assertThat(report.get("from").getAsString()).isEqualTo("pytorch");
    assertThat(report.get("other_tensors").getAsInt()).isEqualTo(6);
    JsonObject layer = report.getAsJsonArray("layers").get(0).getAsJsonObject();
    assertThat(layer.get("label").getAsString()).isEqualTo("a.bn2");
    assertThat(layer.get("variance_factor").getAsDouble()).isEqualTo(1);
    assertThat(layer.getAsJsonArray("notes")).hasSize(3);
  }

  @Test
  void jsonFile_isWrittenBesideTheTable() throws IOException {
    Path report = folder.resolve("report.json");
    Bn4j result = convert("--to", "onnx", "--keep-variance", "--json", report.toString());
    assertThat(result.out()).contains("convert from pytorch to onnx");
    assertThat(JsonParser.parseString(Files.readString(report)).isJsonObject()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "none, 'momentum: expected a number, since flax has no cumulative average'",
    "x, '--momentum: expected a number in [0, 1] or none, got \"x\"'",
    "1.5, 'momentum: expected a number in [0, 1], got 1.5'"
  })
  void momentum_isRefused(String momentum, String message) {
    refused(message, "--to", "flax", "--keep-variance", "--momentum", momentum);
  }

  @Test
  void optionsOfTraining_areReported() {
    Bn4j result =
        convert("--to", "flax", "--keep-variance", "--momentum", "0.25", "--epsilon", "1e-3");
    assertThat(result.out())
        .contains(
            "momentum: 0.25 in pytorch is 0.75 in flax",
            "epsilon: set 0.001 in flax, whose default is 1.0E-5");
  }

  @Test
  void counter_isSetAsAsked() throws IOException {
    assertThat(convert("--to", "keras", "--keep-variance").code()).isZero();
    Files.move(output, input, StandardCopyOption.REPLACE_EXISTING);
    assertThat(convert("--to", "pytorch", "--keep-variance", "--batches", "77").code()).isZero();
    assertThat(written("bn1.num_batches_tracked")).isEqualTo(77);
  }

  @Test
  void whatCannotBeKnown_isRefused() {
    refused("which the file does not hold: give them (--values-per-channel)", "--to", "keras");
    refused(
        "--to: expected another framework than the input's, got pytorch twice", "--to", "pytorch");
    refused("Missing required option: '--to=NAME'");
    refused("expected one of flax, keras, onnx, pytorch, got \"caffe\"", "--to", "caffe");
  }

  @Test
  void optionsThatDoNotFit_areRefused() {
    refused(
        "--keep-variance: expected it without --values-per-channel",
        "--to",
        "keras",
        "--keep-variance",
        "--values-per-channel",
        "4");
    refused(
        "--values-per-channel: expected a whole number, or LAYER=NUMBER, got \"bn1=x\"",
        "--to",
        "keras",
        "--values-per-channel",
        "bn1=x");
    refused(
        "layer: expected one of [a.bn2, bn1], got \"bn9\"",
        "--to",
        "keras",
        "--values-per-channel",
        "bn9=4");
    refused("valuesPerChannel: expected at least 2", "--to", "keras", "--values-per-channel", "1");
    refused(
        "layer: expected the prefix of a tensor running_mean, one of [a.bn2., bn1.], got \"x\"",
        "--to",
        "keras",
        "--keep-variance",
        "--layer",
        "x");
  }

  @Test
  void fileWithoutBatchNorm_isRefused() throws IOException {
    refused(
        "--input: expected a running mean and variance by the names of flax in " + input,
        "--from",
        "flax",
        "--to",
        "keras");
    Safetensors.write(input, NamedTensors.builder().put("x", HostTensor.of(1f)).build());
    refused("by the names of pytorch, keras, onnx and flax in " + input, "--to", "keras");
  }

  @Test
  void fileWithNamesOfTwo_isRefused() throws IOException {
    Safetensors.write(
        input,
        NamedTensors.builder()
            .put("running_mean", HostTensor.of(1f), 1)
            .put("running_var", HostTensor.of(1f), 1)
            .put("mean", HostTensor.of(1f), 1)
            .put("var", HostTensor.of(1f), 1)
            .build());
    refused("got those of [pytorch, flax]; say which", "--to", "keras");
  }

  @Test
  void outputForOneTensor_isRefused() {
    output = folder.resolve("out.npy");
    refused("--output: expected a .safetensors file", "--to", "keras", "--keep-variance");
  }

  @Test
  void fileThatIsNone_isRefused() throws IOException {
    Files.writeString(input, "PK");
    refused(
        input + ": expected a safetensors file, which has at least 8 bytes, got 2", "--to", "onnx");
  }
}
