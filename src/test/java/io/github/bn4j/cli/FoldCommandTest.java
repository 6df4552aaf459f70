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
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FoldCommandTest {
  @TempDir private Path folder;
  private Path input = Path.of("");
  private Path output = Path.of("");

  /** With epsilon 0.5 the factor of each batch norm is 2. */
  @BeforeEach
  void writeInput() throws IOException {
    input = folder.resolve("in.safetensors");
    output = folder.resolve("out.safetensors");
    NamedTensors.Builder tensors = NamedTensors.builder();
    for (String norm : List.of("bn1.", "bn2.")) {
      tensors
          .put(norm + "weight", HostTensor.of(2f), 1)
          .put(norm + "bias", HostTensor.of(1f), 1)
          .put(norm + "running_mean", HostTensor.of(5f), 1)
          .put(norm + "running_var", HostTensor.of(0.5f), 1)
          .put(norm + "num_batches_tracked", HostTensor.of(3L));
    }
    Safetensors.write(
        input,
        tensors
            .put("conv.weight", HostTensor.of(1f, 3f), 1, 2, 1)
            .put("up.weight", HostTensor.of(1f, 3f), 2, 1, 1)
            .put("up.bias", HostTensor.of(7f), 1)
            .build());
  }

  private Bn4j fold(String... options) {
    List<String> words = new ArrayList<>(List.of("fold", "--input", input.toString()));
    words.addAll(List.of("--output", output.toString()));
    words.addAll(List.of(options));
    return Bn4j.run(words.toArray(String[]::new));
  }

  private float[] written(String name) throws IOException {
    return Objects.requireNonNull(Safetensors.read(output).get(name), name).values().toFloats();
  }

  private void refused(String message, String... options) {
    Bn4j result = fold(options);
    assertThat(result.err()).contains(message).doesNotContain("\tat ");
    assertThat(result.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(Files.exists(output)).isFalse();
  }

  @Test
  void pairs_areFoldedAndReported() throws IOException {
    Bn4j result = fold("--pair", "conv=bn1", "--transposed", "up=bn2", "--epsilon", "0.5");
    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isZero();
    assertThat(result.out())
        .contains(
            "fold 2 batch norms, pytorch, epsilon 0.5",
            "  conv <- bn1, F32 [1, 2, 1], bias added: deviation ",
            "  up <- bn2, F32 [2, 1, 1]: deviation ",
            "(bound 0.00)",
            "largest deviation ",
            "written to " + output);
    assertThat(Safetensors.read(output).tensors())
        .containsOnlyKeys("conv.weight", "conv.bias", "up.weight", "up.bias");
    assertThat(written("conv.weight")).containsExactly(2f, 6f);
    assertThat(written("conv.bias")).containsExactly(-9f);
    assertThat(written("up.bias")).containsExactly(5f);
  }

  @Test
  void json_holdsTheReport() {
    Bn4j result = fold("--pair", "conv=bn1", "--json");
    JsonObject report = JsonParser.parseString(result.out()).getAsJsonObject();
    assertThat(report.get("epsilon").getAsDouble()).isEqualTo(1e-5);
    JsonObject pair = report.getAsJsonArray("pairs").get(0).getAsJsonObject();
    assertThat(pair.get("norm").getAsString()).isEqualTo("bn1");
    assertThat(pair.get("bias_added").getAsBoolean()).isTrue();
    JsonObject deviation = pair.getAsJsonObject("deviation");
    assertThat(deviation.get("measured").getAsDouble())
        .isEqualTo(report.get("largest_deviation").getAsDouble())
        .isPositive()
        .isLessThanOrEqualTo(deviation.get("bound").getAsDouble());
  }

  @Test
  void mistakes_areRefused() {
    refused("--pair: expected at least one LAYER=NORM, got none");
    refused("--pair: expected LAYER=NORM, two prefixes of tensors, got \"conv\"", "--pair", "conv");
    refused("--transposed: expected LAYER=NORM", "--transposed", "a=b=c");
    refused("layer \"c\": expected weights named one of [c.weight, c/weight]", "--pair", "c=bn1");
    refused("one of [bn1., bn2.], got \"bn3\"", "--pair", "conv=bn3");
    refused("say whether the convolution is transposed", "--pair", "up=bn1");
    refused("epsilon: expected a finite number > 0", "--pair", "conv=bn1", "--epsilon", "0");
  }
}
