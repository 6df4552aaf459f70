package io.github.bn4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * A JVM of its own, with this one's class path and no driver, for what a JVM does only once.
 *
 * @param wrapper words of a command that the JVM's command is appended to; often none
 * @param options of the JVM
 * @param classPath which entries of the class path to keep
 */
public record ForkedJvm(List<String> wrapper, List<String> options, Predicate<String> classPath) {
  /** Without a wrapper, on the whole class path. */
  public static ForkedJvm with(String... options) {
    return new ForkedJvm(List.of(), List.of(options), entry -> true);
  }

  /** Runs a main class, which has to end with exit code 0; its standard output, line by line. */
  public List<String> run(String mainClass, String... arguments)
      throws IOException, InterruptedException {
    String path =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(classPath)
            .collect(Collectors.joining(File.pathSeparator));
    List<String> command = new ArrayList<>(wrapper);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1"));
    command.addAll(options);
    command.addAll(List.of("-cp", path, mainClass));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    // The JVM warns of damaged libraries there.
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().remove("LD_LIBRARY_PATH");
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output.lines().toList();
  }
}
