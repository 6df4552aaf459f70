package io.github.bn4j.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.ForkedJvm;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who asks for the CPU gets along without JCuda: none of its classes is even loaded. */
final class CpuOnlyTest {
  private static final ForkedJvm JVM = ForkedJvm.with("-Xlog:class+load:stdout");

  private static List<String> loaded(List<String> lines, String packagePrefix) {
    return lines.stream().filter(line -> line.contains(" " + packagePrefix)).toList();
  }

  @Test
  void layer_onTheCpu_loadsNothingOfJCuda() throws Exception {
    List<String> lines = JVM.run(CpuOnlyMain.class.getName());

    assertThat(lines).anyMatch(line -> line.startsWith("computed "));
    assertThat(loaded(lines, "io.github.bn4j.backend.cpu.CpuPlan")).isNotEmpty();
    assertThat(loaded(lines, "jcuda.")).isEmpty();
  }

  @Test
  void verify_onTheCpu_loadsNothingOfJCuda() throws Exception {
    List<String> lines =
        JVM.run("io.github.bn4j.cli.Main", "verify", "--backend=cpu", "--only=2x3x2x3x4");

    assertThat(lines).anyMatch(line -> line.startsWith("OK: "));
    assertThat(loaded(lines, "jcuda.")).isEmpty();
  }

  /** What the two tests above would see if it were not so. */
  @Test
  void info_looksForDevices_andSoLoadsJCuda() throws Exception {
    assertThat(loaded(JVM.run("io.github.bn4j.cli.Main", "info"), "jcuda.")).isNotEmpty();
  }
}
