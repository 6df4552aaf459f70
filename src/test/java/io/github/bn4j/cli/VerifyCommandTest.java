package io.github.bn4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.bn4j.verify.Comparison;
import io.github.bn4j.verify.Report;
import io.github.bn4j.verify.Row;
import io.github.bn4j.verify.Row.Verdict;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

final class VerifyCommandTest {
  private static final Row OK =
      new Row(
          "cpu", "TRAINING f32 nchw", "a", "y", Verdict.OK, new Comparison(1e-7, 1e-6, 3, 0), null);
  private static final Row FAILED =
      new Row(
          "cpu",
          "FROZEN f32 nchw",
          "b",
          "dx",
          Verdict.FAILED,
          new Comparison(2, 1e-6, 5, 1),
          "far off");
  private static final Row REFUSED =
      new Row("ptx", "all", "all cases", "all", Verdict.REFUSED, null, "no driver");

  @TempDir private Path folder;

  @Test
  void verify_printsATableAndWritesJson() throws Exception {
    Path file = folder.resolve("report.json");
    Bn4j verify =
        Bn4j.run(
            "verify", "--backend", "reference", "--only", "nhwc f64", "--json", file.toString());

    assertThat(verify.code()).isZero();
    assertThat(verify.err()).isEmpty();
    assertThat(verify.out()).startsWith("backend").contains("TRAINING f64 nhwc", "OK: ");
    JsonObject report = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    assertThat(report.get("holds").getAsBoolean()).isTrue();
    assertThat(report.get("suite").getAsString()).isEqualTo("quick");
    assertThat(report.getAsJsonArray("command").get(0).getAsString()).isEqualTo("verify");
    assertThat(report.getAsJsonArray("rows").size()).isGreaterThan(100);
    assertThat(report.getAsJsonArray("rows").get(0).getAsJsonObject().keySet())
        .contains("backend", "verdict", "worst_error", "bound", "index");
  }

  @Test
  void onlyNothing_isBadInput() {
    Bn4j verify = Bn4j.run("verify", "--backend", "auto", "--only", "f128");

    assertThat(verify.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(verify.err()).contains("--only: expected part of a name, got \"f128\"");
  }

  @Test
  void workloadOfNoSteps_isBadInput() {
    Bn4j verify = Bn4j.run("verify", "--workload=0");

    assertThat(verify.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(verify.err()).contains("--workload: expected at least 1 step, got 0");
  }

  @Test
  void unknownSuite_isBadInput() {
    assertThat(Bn4j.run("verify", "--suite", "slow").err())
        .contains("--suite: expected one of full, quick, got \"slow\"");
  }

  @Test
  void unknownTier_isBadInput() {
    Bn4j verify = Bn4j.run("verify", "--tier", "block,ring");

    assertThat(verify.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(verify.err()).contains("expected one of block, cluster, grid, two-pass", "\"ring\"");
  }

  @Test
  void tierOfAnotherBackend_isBadInput() {
    Bn4j verify = Bn4j.run("verify", "--backend", "cpu", "--tier", "block");

    assertThat(verify.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(verify.err()).contains("--tier: expected ptx among the backends, got [cpu]");
  }

  @Test
  void unknownBackend_isBadInput() {
    Bn4j verify = Bn4j.run("verify", "--backend", "cuda");

    assertThat(verify.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(verify.err()).contains("backend: expected one of auto, ", "got \"cuda\"");
  }

  @Test
  void reportThatCannotBeWritten_isRefusedBeforeTheWork() {
    Path file = folder.resolve("missing/report.json");
    Bn4j verify = Bn4j.run("verify", "--json", file.toString());

    assertThat(verify.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(verify.err()).contains("--json: expected a file in a folder that exists", "make");
    assertThat(verify.out()).isEmpty();
  }

  @Test
  void table_showsWorstFailuresAndRefusals() {
    String table = table(new Report(List.of(OK, FAILED, REFUSED)));

    assertThat(table)
        .contains("1.0e-07 of 1.0e-06  y[3] of a")
        .contains("FAILED cpu: dx of b: far off")
        .contains("ptx, all: 1 not computed: no driver")
        .contains("FAILED: 1 results of 2");
  }

  @Test
  void table_ofWhatHolds_endsWithOk() {
    assertThat(table(new Report(List.of(OK, REFUSED))))
        .endsWith("OK: 1 results, all within their bounds" + System.lineSeparator());
  }

  /** Has a screen as commands have it. */
  @Command
  private static final class Holder {
    @Mixin private final Screen screen = new Screen();
  }

  private static String table(Report report) {
    Holder holder = new Holder();
    StringWriter out = new StringWriter();
    PrintWriter writer = new PrintWriter(out);
    CommandLine line = new CommandLine(holder).setOut(writer);
    line.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
    new VerifyTable(holder.screen).print(report);
    writer.flush();
    return out.toString();
  }
}
