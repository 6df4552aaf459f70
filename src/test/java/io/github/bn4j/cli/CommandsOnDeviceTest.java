package io.github.bn4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.bn4j.emulator.AlsoOnGpu;
import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.emulator.EmulatedDriver;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line where there is a device. */
@EmulatedCuda
final class CommandsOnDeviceTest {
  @TempDir private Path folder;

  @AlsoOnGpu
  @Test
  void info_listsTheDeviceAndItsBackends() {
    Bn4j info = Bn4j.run("info");

    assertThat(info.code()).as(info.err()).isZero();
    assertThat(info.out()).containsPattern("\ndevice 0 +\\S.*, sm_\\d+, \\d+ SMs, ");
    assertThat(info.out()).containsPattern("\nptx +yes\n");
  }

  @AlsoOnGpu
  @Test
  void explain_withoutANamedDevice_isAboutThisOne() {
    Bn4j explain = Bn4j.run("explain", "--shapes=2x3x4x4");

    assertThat(explain.code()).as(explain.err()).isZero();
    assertThat(explain.out()).containsPattern("^\\S.*, sm_\\d+, \\d+ SMs, ");
    assertThat(explain.out()).contains("forward 2x3x4x4 nchw f32", "backward 2x3x4x4 nchw f32: ");
  }

  @AlsoOnGpu
  @Test
  void verify_namedBackend_holds() {
    Bn4j verify = Bn4j.run("verify", "--backend=ptx", "--only=2x3x2x3x4");

    assertThat(verify.code()).as(verify.out() + verify.err()).isZero();
    assertThat(verify.out()).contains("OK: ").contains("FROZEN bf16 nhwc");
  }

  @Test
  void bench_measuresByTheDevicesClock() throws Exception {
    // Groups last until the simulated clock has moved by 20 ms: thousands of launches.
    EmulatedDriver.execution(0, 0, false, 0);
    Path file = folder.resolve("figures.json");
    Bn4j bench =
        Bn4j.run(
            "bench", "--backend=ptx", "--op=forward-training", "--shapes=2x3", "--json=" + file);

    assertThat(bench.code()).as(bench.err()).isZero();
    JsonObject row =
        JsonParser.parseString(Files.readString(file))
            .getAsJsonObject()
            .getAsJsonArray("rows")
            .get(0)
            .getAsJsonObject();
    assertThat(row.get("backend").getAsString()).isEqualTo("ptx");
    assertThat(row.get("median_us").getAsDouble()).isPositive();
    assertThat(row.get("copy_gbps").getAsDouble()).isPositive();
  }
}
