package io.github.bn4j.backend.ptx;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompileResult;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;
import org.junit.jupiter.api.Test;

/**
 * Assembles every shipped PTX for every target, by the assembler inside JCuda's natives, which
 * needs neither a GPU nor a driver.
 */
final class PtxAssemblyTest {
  private static final List<Integer> TARGETS = List.of(75, 80, 86, 89, 90);

  /** Two blocks of 256 threads in the 65536 registers of a multiprocessor. */
  private static final int MOST_REGISTERS = 128;

  private static final Pattern ENTRY =
      Pattern.compile(
          "Compiling entry function '(\\w+)' for '(\\w+)'"
              + "[\\s\\S]*?(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads"
              + "[\\s\\S]*?Used (\\d+) registers");

  /** What a device of this target loads. */
  private record Job(String file, String target) {}

  private record Assembled(String entry, String target, long localBytes, int registers) {}

  @Test
  void everyEntry_assemblesForEveryTargetWithinItsBounds() {
    JNvPTXCompiler.setExceptionsEnabled(false);
    List<String> stems = stems();
    assertThat(stems).contains("bn_statistics", "bn_moments");
    List<Job> jobs =
        stems.stream()
            .flatMap(stem -> targets(stem).map(t -> new Job(PtxModules.file(stem, t), "sm_" + t)))
            .toList();
    List<Assembled> all =
        jobs.stream().parallel().flatMap(job -> parse(remembered(job)).stream()).toList();
    assertThat(jobs).allMatch(job -> entries(job.file) > 0);
    assertThat(all).hasSize((int) jobs.stream().mapToLong(job -> entries(job.file)).sum());
    assertThat(all)
        .as("local memory means spills or arrays with run-time indices")
        .allMatch(one -> one.localBytes == 0)
        .as("more registers than two blocks per multiprocessor leave")
        .allMatch(one -> one.registers <= MOST_REGISTERS);
  }

  private static Stream<Integer> targets(String stem) {
    boolean clusters = stem.endsWith("_cluster");
    return TARGETS.stream().filter(target -> !clusters || target >= 90);
  }

  private static List<String> stems() {
    try (Stream<Path> files = Files.list(Path.of("src/main/resources/ptx"))) {
      return files
          .map(p -> p.getFileName().toString())
          .filter(name -> name.endsWith(".ptx") && !name.contains(".sm_"))
          .map(name -> name.substring(0, name.length() - 4))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long entries(String file) {
    return Pattern.compile("\\.visible \\.entry ").matcher(PtxModules.text(file)).results().count();
  }

  /** Assembling all takes half a minute, so the log of the same text is kept in target/. */
  private static String remembered(Job job) {
    String text = PtxModules.text(job.file);
    Path kept =
        Path.of("target/ptx-assembly", job.file + "-" + job.target + "-" + sha256(text) + ".log");
    try {
      if (!Files.exists(kept)) {
        String log = assemble(job, text);
        Files.createDirectories(kept.getParent());
        Files.writeString(kept, log);
      }
      return Files.readString(kept);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String sha256(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** The assembler's log; fails the test if it rejects the text. */
  private static String assemble(Job job, String text) {
    byte[] ptx = (text + '\0').getBytes(StandardCharsets.US_ASCII);
    nvPTXCompilerHandle handle = new nvPTXCompilerHandle();
    assertThat(JNvPTXCompiler.nvPTXCompilerCreate(handle, ptx.length, ptx))
        .isEqualTo(nvPTXCompileResult.NVPTXCOMPILE_SUCCESS);
    try {
      String[] options = {"--gpu-name=" + job.target, "--verbose"};
      int status = JNvPTXCompiler.nvPTXCompilerCompile(handle, options.length, options);
      assertThat(status)
          .as(() -> job.file + " for " + job.target + ": " + errors(handle))
          .isEqualTo(nvPTXCompileResult.NVPTXCOMPILE_SUCCESS);
      return information(handle);
    } finally {
      JNvPTXCompiler.nvPTXCompilerDestroy(handle);
    }
  }

  private static List<Assembled> parse(String log) {
    List<Assembled> all = new ArrayList<>();
    Matcher entry = ENTRY.matcher(log);
    while (entry.find()) {
      long local = Stream.of(3, 4, 5).mapToLong(i -> Long.parseLong(entry.group(i))).sum();
      all.add(
          new Assembled(entry.group(1), entry.group(2), local, Integer.parseInt(entry.group(6))));
    }
    return all;
  }

  private static String errors(nvPTXCompilerHandle handle) {
    long[] size = new long[1];
    JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(handle, size);
    byte[] text = new byte[(int) size[0] + 1];
    JNvPTXCompiler.nvPTXCompilerGetErrorLog(handle, text);
    return new String(text, StandardCharsets.US_ASCII).trim();
  }

  private static String information(nvPTXCompilerHandle handle) {
    long[] size = new long[1];
    JNvPTXCompiler.nvPTXCompilerGetInfoLogSize(handle, size);
    byte[] text = new byte[(int) size[0] + 1];
    JNvPTXCompiler.nvPTXCompilerGetInfoLog(handle, text);
    return new String(text, StandardCharsets.US_ASCII).trim();
  }
}
