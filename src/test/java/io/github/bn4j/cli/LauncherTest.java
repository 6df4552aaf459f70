package io.github.bn4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script scripts/bn4j, in a project of its own whose mvn and java are stand-ins. */
final class LauncherTest {
  private static final String MVN =
      """
      #!/bin/sh
      echo "$@" >>"$CALLS"
      sleep "${MVN_SLEEP:-0}"
      if [ -n "$MVN_FAILS" ]; then echo "[ERROR] $MVN_FAILS"; exit 1; fi
      echo jar >target/bn4j-9-cli.jar
      """;
  private static final String JAVA =
      """
      #!/bin/sh
      if [ "$1" = -version ]; then echo "openjdk version \\"${JAVA_SAYS:-17.0.1}\\" 2021" >&2; exit; fi
      for word; do
        case $word in -XX:ArchiveClassesAtExit=*) exit 0 ;; esac
        echo "[$word]"
      done
      echo "cwd $(pwd)"
      echo "WARNING: Using incubator modules: jdk.incubator.vector" >&2
      echo "another line" >&2
      exit "${JAVA_EXIT:-0}"
      """;

  @TempDir private Path temp;
  private Path project = Path.of("");
  private Path calls = Path.of("");

  private record Result(int code, String out, String err) {}

  @BeforeEach
  void makeProject() throws Exception {
    assumeTrue(bashIsThere(), "SKIPPED: the launcher needs bash, and there is none here");
    project = temp.resolve("a folder with spaces");
    calls = temp.resolve("calls");
    Files.createDirectories(project.resolve("scripts"));
    Files.createDirectories(project.resolve("src/main"));
    Files.writeString(project.resolve("pom.xml"), "<project/>");
    Files.writeString(project.resolve("src/main/A.java"), "class A {}");
    Files.copy(Path.of("scripts/bn4j"), project.resolve("scripts/bn4j"));
    script(temp.resolve("bin/mvn"), MVN);
    script(temp.resolve("bin/java"), JAVA);
    age(project.resolve("pom.xml"), -60);
    age(project.resolve("src/main/A.java"), -60);
  }

  @Test
  void firstUse_buildsQuietlyThenPassesTheArgumentsOn() throws Exception {
    Result first = bn4j(Map.of(), "apply", "two words", "*");

    assertThat(first.code()).isZero();
    assertThat(first.err())
        .isEqualTo("building bn4j (first use, a minute or more)...\nanother line\n");
    assertThat(first.out())
        .contains("[jdk.incubator.vector]\n", "[apply]\n[two words]\n[*]\n")
        .contains("[-jar]\n[" + project.toRealPath() + "/target/launcher/bn4j-cli.jar]\n");
    assertThat(Files.readAllLines(calls)).hasSize(1);
  }

  @Test
  void secondUse_doesNotBuild() throws Exception {
    bn4j(Map.of(), "info");
    Result second = bn4j(Map.of(), "info");

    assertThat(second.err()).isEqualTo("another line\n");
    assertThat(Files.readAllLines(calls)).hasSize(1);
  }

  @Test
  void changedSource_buildsAgain() throws Exception {
    bn4j(Map.of(), "info");
    age(project.resolve("src/main/A.java"), 60);
    Result changed = bn4j(Map.of(), "info");

    assertThat(changed.err()).startsWith("building bn4j (the sources have changed)...\n");
    assertThat(Files.readAllLines(calls)).hasSize(2);
  }

  @Test
  void symlinkAndOtherFolder_findTheProject() throws Exception {
    Path elsewhere = Files.createDirectories(temp.resolve("else where"));
    Path link = elsewhere.resolve("link");
    Files.createSymbolicLink(link, Path.of("../a folder with spaces/scripts/bn4j"));
    Result linked = run(elsewhere, Map.of(), "./link", "info");

    assertThat(linked.code()).isZero();
    assertThat(linked.out())
        .contains("[" + project.toRealPath() + "/target/launcher/bn4j-cli.jar]\n[info]\n")
        .contains("cwd " + elsewhere.toRealPath());
  }

  @Test
  void failedBuild_showsTheErrorAndTheLog() throws Exception {
    Result failed = bn4j(Map.of("MVN_FAILS", "A.java: no semicolon"), "info");

    assertThat(failed.code()).isEqualTo(4);
    assertThat(failed.err()).contains("[ERROR] A.java: no semicolon", "target/build.log");
    assertThat(bn4j(Map.of(), "info").code()).isZero();
  }

  @Test
  void twoAtOnce_buildOnce() throws Exception {
    Map<String, String> slow = Map.of("MVN_SLEEP", "1");
    Process one = start(project, slow, "scripts/bn4j", "info");
    Process two = start(project, slow, "scripts/bn4j", "info");

    assertThat(one.waitFor()).isZero();
    assertThat(two.waitFor()).isZero();
    assertThat(Files.readAllLines(calls)).hasSize(1);
  }

  @Test
  void oldJava_isRefusedWithItsVersion() throws Exception {
    Result old = bn4j(Map.of("JAVA_SAYS", "1.8.0_392"), "info");

    assertThat(old.code()).isEqualTo(2);
    assertThat(old.err())
        .contains("java: expected 17 or newer, got openjdk version \"1.8.0_392\"", "JAVA_HOME");
    assertThat(bn4j(Map.of("JAVA_SAYS", "25"), "info").code()).isZero();
  }

  @Test
  void wrongJavaHome_isRefused() throws Exception {
    Result wrong = bn4j(Map.of("JAVA_HOME", "/nowhere"), "info");

    assertThat(wrong.code()).isEqualTo(2);
    assertThat(wrong.err()).contains("JAVA_HOME: expected a JDK, but /nowhere/bin/java");
  }

  @Test
  void exitCodeAndOptions_passThrough() throws Exception {
    Result result = bn4j(Map.of("JAVA_EXIT", "3", "BN4J_JAVA_OPTS", "-Xmx8g -Da=b"), "info");

    assertThat(result.code()).isEqualTo(3);
    assertThat(result.out()).contains("[-Xmx8g]\n[-Da=b]\n", "[-Dbn4j.terminal=]\n");
  }

  private Result bn4j(Map<String, String> environment, String... arguments) throws Exception {
    List<String> words = new ArrayList<>(List.of("scripts/bn4j"));
    words.addAll(List.of(arguments));
    return run(project, environment, words.toArray(String[]::new));
  }

  private Result run(Path folder, Map<String, String> environment, String... words)
      throws Exception {
    Process process = start(folder, environment, words);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return new Result(process.exitValue(), read(process, "out"), read(process, "err"));
  }

  private Process start(Path folder, Map<String, String> environment, String... words)
      throws IOException {
    List<String> command = new ArrayList<>(List.of("bash"));
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    // Files, not pipes: the filter of the JVM's lines may outlive the process by a moment.
    builder.redirectOutput(temp.resolve("out").toFile());
    builder.redirectError(temp.resolve("err").toFile());
    Map<String, String> variables = builder.environment();
    variables.remove("JAVA_HOME");
    variables.remove("BN4J_JAVA_OPTS");
    variables.put("PATH", temp.resolve("bin") + ":" + variables.get("PATH"));
    variables.put("CALLS", calls.toString());
    variables.putAll(environment);
    return builder.start();
  }

  private String read(Process process, String name) throws Exception {
    // The filter passes the last lines on after the program's end.
    String text = Files.readString(temp.resolve(name));
    for (int i = 0; i < 100 && process.exitValue() == 0 && name.equals("err"); i++) {
      if (text.endsWith("another line\n")) {
        break;
      }
      TimeUnit.MILLISECONDS.sleep(20);
      text = Files.readString(temp.resolve(name));
    }
    return text;
  }

  private static boolean bashIsThere() {
    try {
      return new ProcessBuilder("bash", "-c", "exit 0").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static void script(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private static void age(Path file, int seconds) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(seconds)));
  }
}
