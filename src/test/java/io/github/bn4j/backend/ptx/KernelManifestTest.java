package io.github.bn4j.backend.ptx;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The committed PTX is what the sources compile to. */
final class KernelManifestTest {
  private static final Path PTX = Path.of("src/main/resources/ptx");
  private static final Path KERNELS = Path.of("kernels");

  @Test
  void manifest_hasTheHashOfEverySourceAndEveryPtx() throws Exception {
    List<String> manifest =
        Files.readAllLines(PTX.resolve("manifest.txt")).stream()
            .filter(line -> line.startsWith("source ") || line.startsWith("ptx "))
            .sorted()
            .toList();
    assertThat(
            Stream.concat(hashes(KERNELS, "source", "kernels/"), hashes(PTX, "ptx", "")).sorted())
        .as("run scripts/build-kernels and commit src/main/resources/ptx")
        .containsExactlyElementsOf(manifest);
  }

  @Test
  void everySource_hasItsPtxOfTheSameStem() throws IOException {
    assertThat(stems(PTX, "(\\.sm_80)?\\.ptx")).isNotEmpty().isEqualTo(stems(KERNELS, "\\.cu"));
  }

  @Test
  void everyPtx_isForTheOldestTargetThatItNeedsAndTheOldestDriver() throws IOException {
    for (String file : files(PTX).filter(name -> name.endsWith(".ptx")).toList()) {
      // Clusters are an instruction set of their own.
      String target =
          file.endsWith("_cluster.ptx") ? "sm_90" : file.endsWith(".sm_80.ptx") ? "sm_80" : "sm_75";
      assertThat(PtxModules.text(file))
          .as(file)
          .contains("\n.version 8.0\n")
          .contains("\n.target " + target + "\n");
    }
  }

  @Test
  void everySourceThatGainsByNewerInstructions_isBuiltForDevicesThatHaveThem() throws IOException {
    for (String stem : stems(KERNELS, "\\.cu")) {
      String newest = PtxModules.text(PtxModules.file(stem, 90));
      assertThat(PtxModules.text(PtxModules.file(stem, 75)).contains("cp.async"))
          .as(stem + " on the oldest device")
          .isEqualTo(stem.endsWith("_cluster") && newest.contains("cp.async"));
      assertThat(PtxModules.file(stem, 80).endsWith(".sm_80.ptx"))
          .as(stem + " has a file of its own for 8.0 only if that copies or converts bf16")
          .isEqualTo(
              !stem.endsWith("_cluster")
                  && (newest.contains("cp.async") || newest.contains("cvt.rn.bf16x2")));
    }
  }

  /** Recompiles where the manifest's compiler is at hand, else compares hashes like the above. */
  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the script needs bash")
  void checkKernels_findsNoDrift() throws Exception {
    Process check = new ProcessBuilder("scripts/check-kernels").redirectErrorStream(true).start();
    String output = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(check.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(check.exitValue()).as(output).isZero();
  }

  /** Names of files without the ending, a regular expression. */
  private static List<String> stems(Path folder, String ending) throws IOException {
    return files(folder)
        .filter(name -> name.matches(".*" + ending))
        .map(name -> name.replaceFirst(ending + "$", ""))
        .distinct()
        .sorted()
        .toList();
  }

  private static Stream<String> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(p -> p.getFileName().toString()).toList().stream();
    }
  }

  private static Stream<String> hashes(Path folder, String kind, String prefix) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(p -> p.toString().matches(".*\\.(cu|cuh|ptx)"))
          .map(p -> kind + " " + sha256(p) + " " + prefix + folder.relativize(p))
          .map(line -> line.replace('\\', '/'))
          .toList()
          .stream();
    }
  }

  private static String sha256(Path file) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(Files.readAllBytes(file)));
    } catch (IOException | NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
