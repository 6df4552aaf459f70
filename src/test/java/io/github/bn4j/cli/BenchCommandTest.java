package io.github.bn4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BenchCommandTest {
  @TempDir private Path folder;

  @Test
  void bench_printsATableAndWritesTheFiguresAsJson() throws Exception {
    Path shapes = Files.writeString(folder.resolve("shapes.txt"), "# small\n4x3x5\n");
    Path file = folder.resolve("figures.json");
    Bn4j bench =
        Bn4j.run(
            "bench",
            "--backend=cpu",
            "--op=forward-training",
            "--layout=nhwc",
            "--shapes=" + shapes,
            "--threads=1",
            "--json=" + file);

    assertThat(bench.code()).as(bench.err()).isZero();
    assertThat(bench.out())
        .startsWith("shape")
        .contains("4x3x5", "nhwc", "forward-training", "cpu");
    JsonObject figures = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    assertThat(figures.keySet()).contains("machine", "jdk", "command", "rows");
    assertThat(figures.getAsJsonArray("rows").size()).isEqualTo(1);
    JsonObject row = figures.getAsJsonArray("rows").get(0).getAsJsonObject();
    assertThat(row.get("shape").getAsString()).isEqualTo("4x3x5");
    assertThat(row.get("floor_bytes").getAsLong()).isEqualTo(2 * 60 * 4);
    assertThat(row.get("median_us").getAsDouble()).isPositive();
    assertThat(row.get("copy_gbps").getAsDouble()).isPositive();
    assertThat(row.keySet())
        .contains("layout", "dtype", "op", "backend", "gbps", "percent_of_copy", "cold");
  }

  @Test
  void wrongList_isRefused() {
    assertThat(Bn4j.run("bench", "--shapes", "32x64,a").err())
        .contains("shapes: expected sizes joined by x, like 32x64x56x56, got a");
    assertThat(Bn4j.run("bench", "--shapes", "no.txt").err())
        .contains("--shapes: expected a file of shapes", "got no.txt, which is no file");
    assertThat(Bn4j.run("bench", "--groups", "0").err())
        .contains("groups: expected a number >= 1, got 0");
    assertThat(Bn4j.run("bench", "--op", "sideways").err()).contains("got sideways");
    assertThat(Bn4j.run("bench", "--dtype", "f8").code()).isEqualTo(ExitCodes.BAD_INPUT);
  }
}
