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
    assertThat(stems(PTX, ".ptx")).isNotEmpty().isEqualTo(stems(KERNELS, ".cu"));
  }

  @Test
  void everyPtx_isForTheOldestTargetAndDriver() throws IOException {
    for (String stem : stems(PTX, ".ptx")) {
      // Clusters are an instruction set of their own.
      String target = stem.endsWith("_cluster") ? "sm_90" : "sm_75";
      assertThat(PtxModules.text(stem))
          .contains("\n.version 8.0\n")
          .contains("\n.target " + target + "\n");
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

  private static List<String> stems(Path folder, String ending) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(p -> p.getFileName().toString())
          .filter(name -> name.endsWith(ending))
          .map(name -> name.substring(0, name.length() - ending.length()))
          .sorted()
          .toList();
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
