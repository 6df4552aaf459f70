package io.github.bn4j.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.bn4j.backend.cpu.CpuBackend;
import io.github.bn4j.bench.Benchmark;
import io.github.bn4j.bench.BenchmarkCase;
import io.github.bn4j.bench.BenchmarkListener;
import io.github.bn4j.bench.BenchmarkOp;
import io.github.bn4j.bench.BenchmarkOptions;
import io.github.bn4j.bench.BenchmarkRow;
import io.github.bn4j.bench.PeerFailure;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.TensorShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the stand-in is a shell script")
final class PythonPeersTest {
  private static final String READY = "echo '{\"peers\":[\"torch\"],\"refused\":{}}'";

  private static final PythonPeers.Patience SHORT =
      new PythonPeers.Patience(Duration.ofSeconds(30), Duration.ofMillis(500));

  private static final BenchmarkCase SMALL =
      new BenchmarkCase(
          BenchmarkOp.BACKWARD,
          BatchNormSpec.builder(TensorShape.of(4, 3, 5, 5)).dataType(DataType.F32).build());

  @TempDir private Path folder;
  private final List<String> skipped = new ArrayList<>();

  private Python python(Path command) {
    return Python.find(List.of(command.toString()), folder.resolve("unused.py"), 2);
  }

  private List<BenchmarkRow> run(Path command, int cases) {
    BenchmarkOptions options = new BenchmarkOptions(2, 3, 0, 0, false, 0);
    try (PythonPeers peers = new PythonPeers(python(command), SHORT)) {
      BenchmarkListener listener =
          new BenchmarkListener() {
            @Override
            public void skipped(String what, String reason) {
              skipped.add(what + ": " + reason);
            }
          };
      return new Benchmark(options)
          .withPeers(peers)
          .run(List.of(new CpuBackend()), Collections.nCopies(cases, SMALL), listener);
    }
  }

  @Test
  void peers_areTimedInTurnsWithOurs() throws IOException {
    List<BenchmarkRow> rows = run(FakePeers.good(folder), 1);

    assertThat(rows).extracting(row -> row.by().name()).containsExactly("cpu", "torch");
    assertThat(rows.get(1).by().peer()).isTrue();
    assertThat(rows.get(1).medianUs()).isEqualTo(50.5);
    assertThat(rows.get(1).copyGbps()).isEqualTo(rows.get(0).copyGbps());
    assertThat(skipped).containsExactly("torch.compile backward 4x3x5x5 nchw f32: no compiler");
    List<String> asked = Files.readAllLines(FakePeers.log(folder));
    JsonObject prepare = JsonParser.parseString(asked.get(0)).getAsJsonObject();
    assertThat(prepare.toString())
        .isEqualTo(
            "{\"do\":\"prepare\",\"op\":\"backward\",\"shape\":[4,3,5,5],\"layout\":\"nchw\","
                + "\"dtype\":\"f32\",\"relu\":false,\"device\":false,\"threads\":2,\"sets\":1,"
                + "\"launch\":false,\"group_ms\":0,\"warmup_ms\":0}");
    assertThat(asked.subList(1, asked.size()))
        .containsExactly(
            "{\"do\":\"warm-up\",\"peer\":\"torch\"}",
            "{\"do\":\"group\",\"peer\":\"torch\"}",
            "{\"do\":\"group\",\"peer\":\"torch\"}",
            "{\"do\":\"group\",\"peer\":\"torch\"}",
            "{\"do\":\"end\"}");
  }

  @Test
  void residual_isNotComparedWithLess() throws IOException {
    BenchmarkCase fused =
        new BenchmarkCase(SMALL.op(), SMALL.spec().toBuilder().residual(true).build());
    try (PythonPeers peers = new PythonPeers(python(FakePeers.good(folder)), SHORT)) {
      BenchmarkListener listener =
          new BenchmarkListener() {
            @Override
            public void skipped(String what, String reason) {
              skipped.add(what + ": " + reason);
            }
          };
      List<BenchmarkRow> rows =
          new Benchmark(new BenchmarkOptions(2, 1, 0, 0, false, 0))
              .withPeers(peers)
              .run(List.of(new CpuBackend()), List.of(fused), listener);

      assertThat(rows).extracting(row -> row.by().name()).containsExactly("cpu");
    }
    assertThat(skipped)
        .containsExactly("peers backward 4x3x5x5 nchw f32: a residual is not asked of peers");
  }

  @Test
  void describe_saysVersionsAndWhere() throws IOException {
    Path command = FakePeers.good(folder);
    try (PythonPeers peers = new PythonPeers(python(command), SHORT)) {
      assertThat(peers.describe())
          .isEqualTo("PyTorch 2.99, CUDA 13.0, cuDNN 92500, Fake GPU, in " + command);
    }
  }

  @Test
  void errorOfARequest_concernsItAlone() throws IOException {
    Path command =
        FakePeers.write(
            folder, "", Map.of("prepare", "echo '{\"error\":\"RuntimeError: out of memory\"}'"));

    List<BenchmarkRow> rows = run(command, 2);

    assertThat(rows).extracting(row -> row.by().name()).containsExactly("cpu", "cpu");
    assertThat(skipped)
        .containsExactly(
            "peers backward 4x3x5x5 nchw f32: RuntimeError: out of memory",
            "peers backward 4x3x5x5 nchw f32: RuntimeError: out of memory");
  }

  @Test
  void crash_isSaidWithItsLastWordsAndStartedAnew() throws IOException {
    Path command =
        FakePeers.write(
            folder,
            "",
            Map.of("prepare", READY, "warm-up", "echo 'Segmentation fault' >&2; exit 139"));

    List<BenchmarkRow> rows = run(command, 4);

    assertThat(rows).extracting(row -> row.by().name()).containsOnly("cpu").hasSize(4);
    assertThat(skipped).hasSize(4);
    assertThat(skipped.subList(0, 3))
        .containsOnly(
            "torch backward 4x3x5x5 nchw f32: the peers' process: it ended with exit code 139:"
                + " Segmentation fault");
    assertThat(skipped.get(3)).endsWith("the peers' process failed 3 times: given up");
  }

  @Test
  void hang_isEndedAfterItsTime() throws IOException {
    Path command = FakePeers.write(folder, "", Map.of("prepare", READY, "group", "sleep 60"));

    List<BenchmarkRow> rows = run(command, 1);

    assertThat(rows).hasSize(1);
    assertThat(skipped)
        .containsExactly(
            "torch backward 4x3x5x5 nchw f32: the peers' process: it gave no answer in 0.5 s");
  }

  @Test
  void garbage_isRefused() throws IOException {
    Path words = FakePeers.write(folder, "", Map.of("prepare", "echo hello there"));
    Path wrong = FakePeers.write(folder, "", Map.of("prepare", "echo '{\"peers\":7}'"));
    Path time =
        FakePeers.write(folder, "", Map.of("prepare", READY, "group", "echo '{\"us\":-1}'"));

    assertThat(run(words, 1)).hasSize(1);
    assertThat(run(wrong, 1)).hasSize(1);
    assertThat(run(time, 1)).hasSize(1);
    assertThat(skipped.get(0)).contains("expected an object of JSON, got hello there");
    assertThat(skipped.get(1)).contains("expected the peers that take part and those refused");
    assertThat(skipped.get(2)).contains("torch: expected a time in microseconds > 0, got -1");
  }

  @Test
  void noPythonWithTorch_saysWhatWasTriedAndWhatToDo() throws IOException {
    Path without =
        FakePeers.write(
            folder,
            "{\"hello\":\"bn4j-peers\",\"version\":1,\"torch\":null,\"why\":\"No module named torch\"}",
            Map.of());
    Path other = FakePeers.write(folder, "Python 2.7", Map.of("prepare", "true"));

    assertThatThrownBy(
            () ->
                Python.find(List.of("/no/python", without.toString(), other.toString()), folder, 1))
        .isInstanceOf(PeerFailure.class)
        .hasMessageContaining("expected a Python with PyTorch, found none (/no/python: ")
        .hasMessageContaining(without + ": No module named torch")
        .hasMessageContaining("expected an object of JSON, got Python 2.7")
        .hasMessageContaining("--python PATH")
        .hasMessageContaining("scripts/bench-peers");
  }
}
