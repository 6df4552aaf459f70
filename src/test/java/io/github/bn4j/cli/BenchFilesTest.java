package io.github.bn4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.bn4j.bench.peers.FakePeers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

final class BenchFilesTest {
  @TempDir private Path folder;

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the stand-in is a shell script")
  void peers_areInTableJsonMarkdownAndCharts() throws Exception {
    Path python = FakePeers.good(folder);
    Bn4j bench =
        Bn4j.run(
            "bench",
            "--backend=cpu",
            "--op=forward-training",
            "--shapes=4x3x5,8x3",
            "--threads=1",
            "--groups=1",
            "--python=" + python,
            "--json=" + at("figures.json"),
            "--markdown=" + at("figures.md"),
            "--chart=" + at("figures.png"));

    assertThat(bench.code()).as(bench.err()).isZero();
    assertThat(bench.out()).contains("x best peer", "torch", "peers: PyTorch 2.99, CUDA 13.0");
    assertThat(bench.err())
        .contains(
            "not measured: torch.compile forward-training 4x3x5 nchw f32 and 1 more: no compiler")
        .contains("drawn: " + at("figures.png"), "drawn: " + at("figures-peers.png"));
    JsonObject report =
        JsonParser.parseString(Files.readString(folder.resolve("figures.json"))).getAsJsonObject();
    JsonObject ours = report.getAsJsonArray("rows").get(0).getAsJsonObject();
    JsonObject torch = report.getAsJsonArray("rows").get(1).getAsJsonObject();
    assertThat(ours.get("times_best_peer").getAsDouble())
        .isEqualTo(50.5 / ours.get("median_us").getAsDouble());
    assertThat(torch.get("median_us").getAsDouble()).isEqualTo(50.5);
    assertThat(torch.get("times_best_peer").isJsonNull()).isTrue();
    assertThat(report.getAsJsonArray("not_measured")).hasSize(2);
    List<String> markdown = Files.readAllLines(folder.resolve("figures.md"));
    assertThat(markdown)
        .anyMatch(line -> line.startsWith("    bn4j bench --backend=cpu"))
        .anyMatch(line -> line.startsWith("| mean of | layout |"))
        .anyMatch(line -> line.startsWith("| 8x3 | nchw | f32 | forward-training | torch | 50.5 |"))
        .contains("- torch.compile forward-training 4x3x5 nchw f32 and 1 more: no compiler");
    assertThat(Files.size(folder.resolve("figures.png"))).isPositive();
    assertThat(Files.size(folder.resolve("figures-peers.png"))).isPositive();
  }

  @Test
  void pythonThatIsNone_isNotAvailable() {
    Bn4j bench = Bn4j.run("bench", "--peers", "--python=/no/python", "--shapes=4x3");

    assertThat(bench.code()).isEqualTo(ExitCodes.NOT_AVAILABLE);
    assertThat(bench.err())
        .contains("--peers: expected a Python with PyTorch, found none (/no/python: ")
        .contains("pip install torch");
  }

  @Test
  void suite_hasWeightsBatchAndMeans() throws Exception {
    Bn4j bench =
        Bn4j.run(
            "bench",
            "--backend=cpu",
            "--op=forward-inference",
            "--suite=mlp",
            "--batch=2",
            "--groups=1",
            "--threads=1",
            "--json=" + at("mlp.json"));

    assertThat(bench.code()).as(bench.err()).isZero();
    assertThat(bench.out()).contains("weight", "2x8192", "mean of", "warm tensors; times by host");
    JsonObject report =
        JsonParser.parseString(Files.readString(folder.resolve("mlp.json"))).getAsJsonObject();
    JsonArray means = report.getAsJsonArray("means");
    assertThat(means).hasSize(1);
    assertThat(means.get(0).getAsJsonObject().get("layers").getAsInt()).isEqualTo(11);
    assertThat(report.getAsJsonArray("rows").get(0).getAsJsonObject().get("weight").getAsInt())
        .isEqualTo(3);
  }

  @Test
  void launch_isHostTimeWithoutBandwidth() throws Exception {
    Bn4j bench = Bn4j.run("bench", "--backend=cpu", "--op=launch", "--groups=1", "--json");

    assertThat(bench.code()).as(bench.err()).isZero();
    JsonArray rows = JsonParser.parseString(bench.out()).getAsJsonObject().getAsJsonArray("rows");
    assertThat(rows).hasSize(3);
    JsonObject row = rows.get(0).getAsJsonObject();
    assertThat(row.get("op").getAsString()).isEqualTo("launch forward-training");
    assertThat(row.get("shape").getAsString()).isEqualTo("8x64x4x4");
    assertThat(row.get("clock").getAsString()).isEqualTo("host-calls");
    assertThat(row.get("median_us").getAsDouble()).isPositive();
    assertThat(row.get("gbps").isJsonNull()).isTrue();
  }

  @Test
  void caseBeyondTheLimit_isLeftOutAloud() {
    Bn4j bench =
        Bn4j.run(
            "bench",
            "--backend=cpu",
            "--op=forward-inference",
            "--shapes=4x3,1000x1000",
            "--groups=1",
            "--limit-bytes=1000");

    assertThat(bench.code()).as(bench.err()).isZero();
    assertThat(bench.err())
        .contains(
            "not measured: forward-inference 1000x1000 nchw f32: expected tensors of at most"
                + " 0.00 GB (--limit-bytes), got 0.01 GB");
    assertThat(bench.out()).contains("4x3").doesNotContain("1000x1000");
  }

  @Test
  void contradictingOrWrongChoices_areBadInput() {
    assertThat(Bn4j.run("bench", "--suite=mlp", "--shapes=4x3").err())
        .contains("--shapes, --suite: expected one of them, got both");
    assertThat(Bn4j.run("bench", "--suite=vgg").err()).contains("got vgg");
    assertThat(Bn4j.run("bench", "--batch=3").err())
        .contains("--batch: expected a number >= 1 for a --suite, got 3");
    assertThat(Bn4j.run("bench", "--chart=/no/such/a.png").err())
        .contains("--chart: expected a file in a folder that exists");
    assertThat(Bn4j.run("bench", "--op=sideways").code()).isEqualTo(ExitCodes.BAD_INPUT);
  }
}
