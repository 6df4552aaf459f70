package io.github.bn4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.bn4j.io.NamedTensors;
import io.github.bn4j.io.Npy;
import io.github.bn4j.io.Safetensors;
import io.github.bn4j.io.StoredTensor;
import io.github.bn4j.op.DataType;
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

/** What is in the output, and what is said of wrong input. */
final class ApplyCommandTest {
  @TempDir private Path folder;
  private Path input = Path.of("");
  private Path output = Path.of("");

  @BeforeEach
  void nameFiles() {
    input = folder.resolve("in.safetensors");
    output = folder.resolve("out.safetensors");
  }

  private static NamedTensors.Builder tensors() {
    return NamedTensors.builder().put("input", HostTensor.of(1f, 2f, 3f, 4f, 5f, 6f), 3, 2);
  }

  private static NamedTensors.Builder withRunning(NamedTensors.Builder tensors) {
    return tensors
        .put("running_mean", HostTensor.of(0f, 0f), 2)
        .put("running_var", HostTensor.of(1f, 1f), 2);
  }

  private Bn4j apply(NamedTensors.Builder tensors, String op, String... options)
      throws IOException {
    Safetensors.write(input, tensors.build());
    return applyFile(op, options);
  }

  private Bn4j applyFile(String op, String... options) {
    List<String> words = new ArrayList<>(List.of("apply", op));
    words.addAll(List.of("--input", input.toString(), "--output", output.toString()));
    words.addAll(List.of(options));
    return Bn4j.run(words.toArray(String[]::new));
  }

  private List<String> written() throws IOException {
    return List.copyOf(Safetensors.read(output).tensors().keySet());
  }

  private HostTensor written(String name) throws IOException {
    return stored(name).values();
  }

  private StoredTensor stored(String name) throws IOException {
    return Objects.requireNonNull(Safetensors.read(output).get(name), name);
  }

  private static void refused(Bn4j apply, String... parts) {
    assertThat(apply.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(apply.err()).contains(parts).doesNotContain("\tat ");
    assertThat(apply.out()).isEmpty();
  }

  @Test
  void whatIsAbsent_staysAbsent() throws IOException {
    assertThat(apply(tensors(), "forward-training").code()).isZero();
    assertThat(written()).containsExactlyInAnyOrder("output", "save_mean", "save_invstd");

    apply(tensors().put("grad_output", HostTensor.of(1f, 0f, 0f, 0f, 0f, 0f), 3, 2), "backward");
    assertThat(written()).containsExactly("grad_input");
  }

  @Test
  void counter_keepsItsShapeAndCounts() throws IOException {
    apply(
        withRunning(tensors()).put("num_batches_tracked", HostTensor.of(41L)), "forward-training");
    assertThat(stored("num_batches_tracked").shape()).isEmpty();
    assertThat(written("num_batches_tracked").getLong(0)).isEqualTo(42);

    apply(
        withRunning(tensors()).put("num_batches_tracked", HostTensor.of(41L), 1),
        "forward-training");
    assertThat(stored("num_batches_tracked").shape()).containsExactly(1);

    apply(tensors().put("num_batches_tracked", HostTensor.of(41L)), "forward-training");
    assertThat(written("num_batches_tracked").getLong(0)).isEqualTo(42);
    assertThat(written()).doesNotContain("running_mean");
  }

  @Test
  void momentumNone_averagesOverBatches() throws IOException {
    apply(
        withRunning(tensors()).put("num_batches_tracked", HostTensor.of(1L)),
        "forward-training",
        "--momentum",
        "none");

    // Second batch: half of 0 and half of the batch mean 3.
    assertThat(written("running_mean").get(0)).isEqualTo(1.5);
  }

  @Test
  void inferenceWithoutRunning_usesTheBatch() throws IOException {
    apply(tensors(), "forward-inference");

    assertThat(written()).containsExactly("output");
    assertThat(written("output").get(2)).isZero();
  }

  @Test
  void backwardInference_isAnotherNameOfBackwardFrozen() throws IOException {
    NamedTensors.Builder frozen =
        withRunning(tensors()).put("grad_output", HostTensor.of(1f, 2f, 3f, 4f, 5f, 6f), 3, 2);
    Bn4j apply = apply(frozen, "backward-inference", "--json");

    assertThat(JsonParser.parseString(apply.out()).getAsJsonObject().get("operation").getAsString())
        .isEqualTo("backward-frozen");
    assertThat(written("grad_input").get(5))
        .isCloseTo(6, org.assertj.core.data.Offset.offset(1e-4));
  }

  @Test
  void singleValue_isDecidedByThePolicy() throws IOException {
    NamedTensors.Builder one =
        withRunning(NamedTensors.builder().put("input", HostTensor.of(5f, 6f), 1, 2))
            .put("num_batches_tracked", HostTensor.of(3L));
    refused(apply(one, "forward-training"), "m = 1", "2 channels");

    assertThat(applyFile("forward-training", "--single-value", "keep").code()).isZero();
    assertThat(written("running_var").get(0)).isEqualTo(1);
    assertThat(written("num_batches_tracked").getLong(0)).isEqualTo(3);

    applyFile("forward-training", "--single-value", "population");
    assertThat(written("running_var").get(0))
        .isCloseTo(0.9, org.assertj.core.data.Offset.offset(1e-6));
    assertThat(written("num_batches_tracked").getLong(0)).isEqualTo(4);
  }

  @Test
  void npy_isReadAndWritten() throws IOException {
    input = folder.resolve("x.npy");
    output = folder.resolve("y.npy");
    Npy.write(input, StoredTensor.of(HostTensor.of(1.0, 2.0, 3.0, 4.0), 2, 2));

    assertThat(applyFile("forward-inference").code()).isZero();
    assertThat(Npy.read(output).shape()).containsExactly(2, 2);
    assertThat(Npy.read(output).values().dataType()).isEqualTo(DataType.F64);
    refused(
        applyFile("forward-training"),
        "--output: expected a .safetensors file, since there are 3 results",
        "output, save_mean, save_invstd");
  }

  @Test
  void json_saysWhatWasDone() throws IOException {
    JsonObject done =
        JsonParser.parseString(apply(tensors(), "forward-inference", "--json").out())
            .getAsJsonObject();

    assertThat(done.get("shape").getAsString()).isEqualTo("3x2");
    assertThat(done.get("dtype").getAsString()).isEqualTo("f32");
    assertThat(done.get("backend").getAsString()).isNotEqualTo("auto");
    assertThat(done.getAsJsonArray("tensors").get(0).getAsJsonObject().get("name").getAsString())
        .isEqualTo("output");
  }

  @Test
  void wrongFiles_areNamedWithTheRemedy() throws IOException {
    refused(applyFile("backward"), "--input: expected a file, got ", "does not exist");
    input = folder;
    refused(applyFile("backward"), "--input: expected a file, got the folder");
    input = Files.writeString(folder.resolve("text.safetensors"), "hello, this is not one");
    refused(applyFile("backward"), "text.safetensors: expected");
    output = folder.resolve("no/such/folder/out.safetensors");
    refused(applyFile("backward"), "--output: expected a file in a folder that exists", "make");
    output = input;
    refused(applyFile("backward"), "--output: expected another file than --input, got the same");
  }

  @Test
  void unreadableFile_isNamed() throws IOException {
    Safetensors.write(input, tensors().build());
    assumeFalse(
        !input.toFile().setReadable(false) || Files.isReadable(input),
        "SKIPPED: this user reads every file");
    refused(applyFile("backward"), "--input: expected a file that can be read");
  }

  @Test
  void wrongTensors_areNamedWithTheRemedy() throws IOException {
    refused(
        apply(tensors().put("wieght", HostTensor.of(1f, 1f), 2), "forward-training"),
        "got also wieght; rename or remove");
    refused(apply(tensors(), "backward"), "grad_output: expected a tensor of this name", "[input]");
    refused(
        apply(tensors().put("weight", HostTensor.of(1f, 1f, 1f), 3), "forward-training"),
        "weight: expected 2 elements (channels of input F32 [3, 2]), got F32 [3]");
    refused(
        apply(tensors().put("residual", HostTensor.of(1f, 1f), 2, 1), "forward-training"),
        "residual: expected F32 [3, 2] as input has, got F32 [2, 1]");
    refused(
        apply(tensors().put("running_mean", HostTensor.of(1f, 1f), 2), "forward-training"),
        "running_var: expected both");
    refused(
        apply(tensors().put("num_batches_tracked", HostTensor.of(1f)), "forward-training"),
        "num_batches_tracked: expected one I64 element, got F32");
    refused(
        apply(withRunning(tensors()), "forward-training", "--momentum", "none"),
        "num_batches_tracked: expected the number of batches so far");
    refused(
        apply(
            tensors().put("grad_output", HostTensor.of(1f, 0f, 0f, 0f, 0f, 0f), 3, 2),
            "backward-frozen"),
        "running_mean, running_var: expected both for backward-frozen");
    refused(
        apply(NamedTensors.builder().put("input", HostTensor.of(1L, 2L), 2, 1), "forward-training"),
        "input: expected F32, F64, F16 or BF16, got I64");
    refused(
        apply(NamedTensors.builder().put("input", HostTensor.of(1f, 2f), 2), "forward-training"),
        "input: expected at least 2 axes");
    assertThat(output).doesNotExist();
  }

  @Test
  void wrongOptions_areNamedWithWhatIsExpected() throws IOException {
    Safetensors.write(input, tensors().build());
    refused(
        applyFile("forward"), "OP: expected one of backward, backward-frozen", "got \"forward\"");
    refused(
        applyFile("forward-training", "--epsilon", "a"), "--epsilon: expected a number, got \"a\"");
    refused(
        applyFile("forward-training", "--threads", "1.5"),
        "--threads: expected a whole number, got \"1.5\"");
    refused(
        applyFile("forward-training", "--layout", "chwn"),
        "bn4j: --layout: expected one of nchw, nhwc, got \"chwn\"");
    refused(applyFile("forward-training", "--convention", "cudnn"), "flax, keras, onnx, pytorch");
    refused(
        applyFile("forward-training", "--momentum", "much"), "expected a number in [0, 1] or none");
    refused(
        applyFile("forward-training", "--momentum", "2"), "momentum: expected a number in [0, 1]");
    refused(
        applyFile("forward-training", "--epsilon", "0"), "epsilon: expected a finite number > 0");
    refused(applyFile("forward-training", "--backend", "gpu"), "got \"gpu\"");
    refused(applyFile("forward-training", "--threads", "-1"), "threads: expected a number >= 0");
    refused(Bn4j.run("apply", "backward"), "--input", "--output", "bn4j apply --help");
  }

  @Test
  void failure_leavesTheOldOutput() throws IOException {
    Files.writeString(output, "old");
    apply(tensors(), "backward");

    assertThat(output).hasContent("old");
    assertThat(folder).isDirectoryNotContaining("glob:**.tmp");
  }
}
