package io.github.bn4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.bn4j.io.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Train, evaluate, calibrate and fold, one after the other as a user does. */
final class TrainCommandTest {
  @TempDir private Path folder;

  private Bn4j ok(String... args) {
    Bn4j run = Bn4j.run(args);
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCodes.OK);
    return run;
  }

  private Path train(String network, String... more) {
    Path checkpoint = folder.resolve(network + ".safetensors");
    List<String> args =
        new ArrayList<>(
            List.of(
                "train",
                network,
                "--limit",
                "600",
                "--epochs",
                "1",
                "--backend",
                "cpu",
                "--threads",
                "2",
                "--checkpoint",
                checkpoint.toString()));
    args.addAll(List.of(more));
    ok(args.toArray(String[]::new));
    return checkpoint;
  }

  private JsonObject evaluate(Path checkpoint) {
    String json = ok("evaluate", checkpoint.toString(), "--backend", "cpu", "--json").out();
    return JsonParser.parseString(json).getAsJsonObject();
  }

  @Test
  void train_both_printsBothAndDrawsThem() throws IOException {
    Path chart = folder.resolve("chart.png");
    Path json = folder.resolve("report.json");
    Bn4j run =
        ok(
            "train",
            "mlp",
            "--limit",
            "300",
            "--epochs",
            "2",
            "--norm",
            "both",
            "--chart",
            chart.toString(),
            "--json",
            json.toString());

    assertThat(run.out()).contains("batch norm").contains("no norm").contains("300 images");
    assertThat(Files.readAllBytes(chart)).startsWith(0x89, 'P', 'N', 'G');
    JsonObject report = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
    assertThat(report.get("complete").getAsBoolean()).isTrue();
    assertThat(report.getAsJsonArray("runs")).hasSize(2);
  }

  @Test
  void checkpoint_hasPytorchNamesAndIsEvaluated() throws IOException {
    Path checkpoint = train("cnn");

    assertThat(Safetensors.read(checkpoint).tensors())
        .containsKeys("conv1.weight", "conv1.bias", "bn1.weight", "bn1.running_var", "fc2.bias")
        .hasSize(20);
    assertThat(evaluate(checkpoint).get("accuracy").getAsDouble()).isGreaterThan(0.15);
  }

  @Test
  void fold_givesEqualPredictions() {
    Path checkpoint = train("mlp");
    Path folded = folder.resolve("folded.safetensors");
    ok(
        "fold",
        "--pair",
        "fc1=bn1",
        "--pair",
        "fc2=bn2",
        "--input",
        checkpoint.toString(),
        "--output",
        folded.toString());

    JsonObject before = evaluate(checkpoint);
    JsonObject after = evaluate(folded);
    assertThat(after.get("normalized").getAsBoolean()).isFalse();
    assertThat(after.get("accuracy").getAsDouble()).isEqualTo(before.get("accuracy").getAsDouble());
    assertThat(Math.abs(after.get("loss").getAsDouble() - before.get("loss").getAsDouble()))
        .isLessThan(1e-5);
  }

  @Test
  void calibrate_writesMomentsOverTheData() throws IOException {
    Path checkpoint = train("mlp");
    Path calibrated = folder.resolve("calibrated.safetensors");
    String out =
        ok(
                "calibrate",
                checkpoint.toString(),
                "--output",
                calibrated.toString(),
                "--backend",
                "cpu")
            .out();

    assertThat(out).contains("calibrated over 5000 images");
    assertThat(Files.readAllBytes(calibrated)).isNotEqualTo(Files.readAllBytes(checkpoint));
    // Nine steps leave running statistics that are still half their start.
    assertThat(evaluate(calibrated).get("accuracy").getAsDouble())
        .isGreaterThan(evaluate(checkpoint).get("accuracy").getAsDouble());
  }

  @Test
  void resume_forMoreEpochs_goesOnAndCanFreeze() {
    Path checkpoint = train("mlp");
    Bn4j run =
        ok(
            "train",
            "mlp",
            "--limit",
            "600",
            "--epochs",
            "3",
            "--backend",
            "cpu",
            "--threads",
            "2",
            "--freeze-norm",
            "--resume",
            checkpoint.toString());

    assertThat(run.out().lines().filter(line -> line.matches(" +[123] .*")).count()).isEqualTo(3);
  }

  @Test
  void mistakes_areNamed() {
    assertMistake("network: expected one of mlp", "train", "vgg");
    assertMistake("--norm: expected batch, none or both", "train", "mlp", "--norm", "layer");
    assertMistake("--optimizer: expected adam or sgd", "train", "mlp", "--optimizer", "lion");
    assertMistake("--freeze-norm: expected --resume", "train", "mlp", "--freeze-norm");
    assertMistake("a folder with the four IDX files", "train", "mlp", "--data", "nowhere");
    assertMistake("ending in .safetensors", "train", "mlp", "--checkpoint", "a.pt");
    assertMistake("batch size: expected at least 2", "train", "mlp", "--batch-size", "1");
    assertMistake("--epochs: expected at least 1, got 0", "train", "mlp", "--epochs", "0");
    assertMistake("--chart: expected a file ending in .png", "train", "mlp", "--chart", "a.gif");
    assertMistake("CHECKPOINT: expected a file, got no", "evaluate", "no");
    assertMistake("CHECKPOINT: expected a file, got no", "calibrate", "no", "--output", "a");
  }

  private static void assertMistake(String message, String... args) {
    Bn4j run = Bn4j.run(args);
    assertThat(run.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(run.err()).contains(message);
  }
}
