package io.github.bn4j.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.bn4j.backend.cpu.CpuBackend;
import io.github.bn4j.bench.Benchmark;
import io.github.bn4j.bench.BenchmarkCase;
import io.github.bn4j.bench.BenchmarkCase.Goal;
import io.github.bn4j.bench.BenchmarkListener;
import io.github.bn4j.bench.BenchmarkOp;
import io.github.bn4j.bench.BenchmarkOptions;
import io.github.bn4j.bench.BenchmarkRow;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.TensorShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The real script, in a real Python, with a torch that computes nothing. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Python is started by a shell script here")
final class PeersScriptTest {
  @TempDir private Path folder;
  private Path python = Path.of("python3");
  private final List<String> skipped = new ArrayList<>();

  @BeforeEach
  void wrapPython() throws IOException, InterruptedException {
    assumeTrue(has("python3"), "python3 was not found");
    Path torch = Path.of("src/test/resources/fake-torch").toAbsolutePath();
    String script =
        "#!/bin/sh\nPYTHONDONTWRITEBYTECODE=1 PYTHONPATH='" + torch + "' exec python3 \"$@\"\n";
    python = Files.writeString(folder.resolve("python"), script);
    assertThat(python.toFile().setExecutable(true)).isTrue();
  }

  private static boolean has(String command) throws InterruptedException {
    try {
      return new ProcessBuilder(command, "--version").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private List<BenchmarkRow> run(BenchmarkCase... cases) {
    BenchmarkListener listener =
        new BenchmarkListener() {
          @Override
          public void skipped(String what, String reason) {
            skipped.add(what + ": " + reason);
          }
        };
    try (PythonPeers peers = new PythonPeers(Python.find(python.toString(), 2))) {
      assertThat(peers.describe()).isEqualTo("PyTorch 0.0-fake on the processor, in " + python);
      return new Benchmark(new BenchmarkOptions(2, 1, 1, 1, false, 0))
          .withPeers(peers)
          .run(List.of(new CpuBackend()), Arrays.asList(cases), listener);
    }
  }

  private static BatchNormSpec.Builder spec() {
    return BatchNormSpec.builder(TensorShape.of(4, 3, 5, 5));
  }

  @Test
  void everyPass_isTimed() {
    List<BenchmarkRow> rows =
        run(
            Arrays.stream(BenchmarkOp.values())
                .map(op -> new BenchmarkCase(op, spec().build()))
                .toArray(BenchmarkCase[]::new));

    assertThat(rows)
        .extracting(row -> row.each().op().label() + " " + row.by().name())
        .containsExactly(
            "forward-training cpu",
            "forward-training torch",
            "forward-training onednn",
            "forward-inference cpu",
            "forward-inference torch",
            "forward-inference onednn",
            "backward cpu",
            "backward torch",
            "backward onednn",
            "backward-frozen cpu",
            "backward-frozen torch");
    assertThat(rows).allMatch(row -> row.medianUs() > 0);
    assertThat(skipped)
        .contains("torch.compile backward 4x3x5x5 nchw f32: RuntimeError: no compiler here")
        .contains(
            "onednn backward-frozen 4x3x5x5 nchw f32: PyTorch has no backward pass"
                + " with given statistics through oneDNN");
  }

  @Test
  void reluAndLayout_areHandedOn() {
    BatchNormSpec last = spec().layout(Layout.CHANNEL_LAST).activation(Activation.RELU).build();

    List<BenchmarkRow> rows =
        run(
            new BenchmarkCase(BenchmarkOp.BACKWARD, last),
            new BenchmarkCase(BenchmarkOp.FORWARD_TRAINING, last));

    assertThat(rows)
        .extracting(row -> row.by().name())
        .containsExactly("cpu", "torch", "cpu", "torch");
  }

  @Test
  void launches_areTimed_withoutACompiler() {
    BenchmarkCase launch = new BenchmarkCase(BenchmarkOp.BACKWARD, spec().build(), Goal.LAUNCH, 1);

    List<BenchmarkRow> rows = run(launch);

    assertThat(rows).extracting(row -> row.by().name()).containsExactly("cpu", "torch", "onednn");
    assertThat(skipped).isEmpty();
  }

  @Test
  void alone_onADevice_writesJsonAndATable() throws IOException, InterruptedException {
    Path out = folder.resolve("peers.json");

    assertThat(alone(true, out, "4x3x5x5,2000x3")).isZero();

    List<String> table = Files.readAllLines(folder.resolve("peers.md"));
    assertThat(table)
        .anyMatch(line -> line.startsWith("| 4x3x5x5 | bf16 | nhwc | forward-inference | "))
        .anyMatch(line -> line.contains("| torch | torch-native | torch+graph |"))
        .anyMatch(
            line ->
                line.startsWith("- not measured: torch.compile, 18 cases such as 4x3x5x5 f32 nchw")
                    && line.endsWith("RuntimeError: no compiler here"))
        .anyMatch(line -> line.endsWith("MemoryError: fake: too large"));
    JsonArray rows =
        JsonParser.parseString(Files.readString(out)).getAsJsonObject().getAsJsonArray("rows");
    JsonObject first =
        rows.asList().stream()
            .map(JsonElement::getAsJsonObject)
            .filter(row -> row.has("median_us"))
            .findFirst()
            .orElseThrow();
    assertThat(first.get("floor_bytes").getAsLong()).isEqualTo(2L * 4 * 4 * 3 * 5 * 5);
    assertThat(first.get("median_us").getAsDouble()).isPositive();
    assertThat(folder.resolve("peers.json.part")).doesNotExist();
  }

  @Test
  void alone_withoutADeviceOrWithWrongShapes_saysSo() throws IOException, InterruptedException {
    Path out = folder.resolve("peers.json");

    assertThat(alone(false, out, "4x3")).isEqualTo(2);
    assertThat(Files.readString(folder.resolve("said"))).contains("torch 0.0-fake sees no CUDA");
    assertThat(alone(true, out, "4xx3")).isEqualTo(2);
    assertThat(Files.readString(folder.resolve("said"))).contains("--shapes", "got 4xx3");
    assertThat(alone(true, folder.resolve("none/peers.json"), "4x3")).isEqualTo(2);
    assertThat(Files.readString(folder.resolve("said"))).contains("--out: expected a file in a");
    assertThat(out).doesNotExist();
  }

  private int alone(boolean device, Path out, String shapes)
      throws IOException, InterruptedException {
    ProcessBuilder process =
        new ProcessBuilder(
                python.toString(),
                "src/main/resources/peers/peers.py",
                "--compile",
                "--out",
                out.toString(),
                "--shapes",
                shapes)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("said").toFile());
    process.environment().put("FAKE_TORCH_CUDA", device ? "1" : "");
    return process.start().waitFor();
  }

  @Test
  void caseThatFails_doesNotEndTheOthers() {
    BatchNormSpec rank3 =
        BatchNormSpec.builder(TensorShape.of(4, 3, 5)).layout(Layout.CHANNEL_LAST).build();
    BatchNormSpec large = BatchNormSpec.builder(TensorShape.of(1001, 3)).build();

    List<BenchmarkRow> rows =
        run(
            new BenchmarkCase(BenchmarkOp.BACKWARD, rank3),
            new BenchmarkCase(BenchmarkOp.BACKWARD, large),
            new BenchmarkCase(BenchmarkOp.FORWARD_INFERENCE, spec().build()));

    assertThat(rows)
        .extracting(row -> row.by().name())
        .containsExactly("cpu", "cpu", "cpu", "torch", "onednn");
    assertThat(skipped)
        .contains(
            "peers backward 4x3x5 nhwc f32: PyTorch has no channel-last format of rank" + " 3",
            "peers backward 1001x3 nchw f32: MemoryError: fake: too large");
  }
}
