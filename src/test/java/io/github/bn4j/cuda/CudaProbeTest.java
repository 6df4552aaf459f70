package io.github.bn4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.bn4j.ForkedJvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The probe on machines where CUDA cannot be used, each in a JVM of its own. */
final class CudaProbeTest {
  @TempDir Path folder;

  @BeforeAll
  static void thereIsNoDriver() {
    assumeTrue(
        !Files.exists(Path.of("/usr/lib/x86_64-linux-gnu/libcuda.so.1"))
            && System.getProperty("os.name").equals("Linux"),
        "the host has an NVIDIA driver, or is not Linux");
  }

  @Test
  void support_withoutDriver_saysWhatToInstall() throws Exception {
    List<String> lines = probe(folder, entry -> true);

    assertThat(lines.get(0))
        .isEqualTo(
            "no: cuda: libcuda.so.1, the library of the NVIDIA driver, was not found; install the"
                + " driver (the CUDA toolkit is not needed), or in a container use --gpus all");
    assertThat(lines.get(1)).isEqualTo(lines.get(0));
    assertThat(lines.get(2)).isEqualTo("devices 0");
    assertThat(lines.get(3)).startsWith("refused: cuda: libcuda.so.1");
  }

  @Test
  void support_withoutNatives_namesTheSystemsThatHaveSome() throws Exception {
    List<String> lines = probe(folder, entry -> !entry.contains("natives"));

    assertThat(lines.get(0))
        .isEqualTo(
            "no: cuda: JCuda has no natives for Linux %s on the class path (there are some for Linux"
                    .formatted(System.getProperty("os.arch"))
                + " and Windows on x86_64); use a CPU backend");
  }

  @Test
  void support_whenTmpdirCannotBeWritten_namesTheProperty() throws Exception {
    Path file = Files.createFile(folder.resolve("a-file-not-a-folder"));

    List<String> lines = probe(file, entry -> true);

    assertThat(lines.get(0))
        .isEqualTo(
            "no: cuda: JCuda cannot unpack its natives (java.io.tmpdir = "
                + file
                + " cannot be written to); start Java with -Djava.io.tmpdir=<a folder that can be"
                + " written to and executed from>");
  }

  @Test
  void support_whenAnUnpackedNativeIsDamaged_saysWhichFileToDelete() throws Exception {
    Path damaged = folder.resolve("libJCudaDriver-12.6.0-linux-x86_64.so");
    Files.writeString(damaged, "cut off", StandardCharsets.US_ASCII);

    List<String> lines = probe(folder, entry -> true);

    assertThat(lines.get(0))
        .startsWith("no: cuda: JCuda's natives in " + damaged + " cannot be loaded (")
        .endsWith("; if the file is an old or damaged copy, delete it");
  }

  @Test
  void support_whenTmpdirIsMountedNoexec_namesTheProperty() throws Exception {
    assertThat(mounted("noexec").get(0))
        .isEqualTo(
            "no: cuda: the folder into which JCuda unpacks its natives is mounted noexec"
                + " (java.io.tmpdir = "
                + folder
                + "); start Java with -Djava.io.tmpdir=<a folder that can be written to and"
                + " executed from>");
  }

  @Test
  void support_whenTmpdirIsMountedReadOnly_namesTheProperty() throws Exception {
    assertThat(mounted("ro").get(0))
        .startsWith("no: cuda: JCuda cannot unpack its natives (java.io.tmpdir = " + folder)
        .contains("cannot be written to");
  }

  /** What the probe says where tmpdir is mounted so, in a name space that ends with its process. */
  private List<String> mounted(String option) throws Exception {
    List<String> unshare = List.of("unshare", "--map-root-user", "--mount", "sh", "-c");
    String mount = "mount -t tmpfs -o " + option + " tmpfs '" + folder + "'";
    assumeTrue(succeeds(unshare, mount), "this host lets its users mount nothing");
    List<String> wrapper = new ArrayList<>(unshare);
    wrapper.addAll(List.of(mount + " && exec \"$@\"", "sh"));
    return new ForkedJvm(wrapper, List.of("-Djava.io.tmpdir=" + folder), entry -> true)
        .run(ProbeMain.class.getName());
  }

  private static boolean succeeds(List<String> shell, String script) throws InterruptedException {
    List<String> command = new ArrayList<>(shell);
    command.add(script);
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static List<String> probe(Path tmpdir, Predicate<String> keep)
      throws IOException, InterruptedException {
    return new ForkedJvm(List.of(), List.of("-Djava.io.tmpdir=" + tmpdir), keep)
        .run(ProbeMain.class.getName());
  }
}
