package io.github.bn4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.Test;

/** What a GPU that is named, and not here, would do. */
final class ExplainCommandTest {
  @Test
  void namedDevice_fewPasses_saysTierTrafficAndWhy() {
    Bn4j explain = Bn4j.run("explain", "--shapes=32x256x56x56", "--device=h200");

    assertThat(explain.code()).as(explain.err()).isZero();
    assertThat(explain.out().lines())
        .startsWith("H200, sm_90, 132 SMs")
        .anyMatch(
            line ->
                line.matches("forward 32x256x56x56 nchw f32 +cluster x4 t256 g1 +2.00 N +100 %"))
        .anyMatch(line -> line.startsWith("backward 32x256x56x56 nchw f32: "))
        .anyMatch(line -> line.contains("not block: "));
  }

  @Test
  void deviceWithoutClusters_takesAnotherTier() {
    assertThat(Bn4j.run("explain", "--shapes=32x256x56x56", "--device=A100", "--why").out())
        .contains("A100, sm_80, 108 SMs", "clusters need compute capability 9.0");
  }

  @Test
  void suite_hasARowPerPass_andReasonsOnlyIfAsked() {
    String[] suite = {"explain", "--suite=resnet50", "--op=backward", "--device=H200"};

    assertThat(Bn4j.run(suite).out().lines()).hasSize(2 + 1 + 12);
  }

  @Test
  void json_holdsTheSame() {
    Bn4j explain =
        Bn4j.run(
            "explain",
            "--shapes=256x64x112x112",
            "--op=forward-training",
            "--layout=nhwc",
            "--device=H200",
            "--json");

    JsonObject report = JsonParser.parseString(explain.out()).getAsJsonObject();
    JsonObject pass = report.getAsJsonArray("passes").get(0).getAsJsonObject();
    assertThat(report.get("device").getAsString()).isEqualTo("H200, sm_90, 132 SMs");
    assertThat(pass.get("pass").getAsString()).isEqualTo("forward 256x64x112x112 nhwc f32");
    double kept = pass.get("kept").getAsDouble();
    assertThat(kept).isBetween(0.0, 0.99);
    assertThat(pass.get("tensors").getAsDouble()).isEqualTo(3 - kept);
  }

  @Test
  void unknownDevice_isBadInput() {
    Bn4j explain = Bn4j.run("explain", "--device=Voodoo");

    assertThat(explain.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(explain.err()).contains("device: expected one of T4, A100, L4, H100, H200");
  }

  @Test
  void passWithoutTiers_isBadInput() {
    Bn4j explain = Bn4j.run("explain", "--op=forward-inference", "--device=H200");

    assertThat(explain.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(explain.err()).contains("--op: expected forward-training or backward");
  }
}
