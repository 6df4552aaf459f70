package io.github.bn4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What figures and reports are to be read with.
 *
 * @param os name and architecture
 * @param processor name of the processor as the system gives it
 * @param processors processors that this JVM may use
 * @param heapMib the most memory for arrays
 * @param java version and vendor
 * @param vectorModule true if {@code jdk.incubator.vector} was added
 */
record Machine(
    String os, String processor, int processors, long heapMib, String java, boolean vectorModule) {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  static Machine here() {
    return new Machine(
        System.getProperty("os.name") + " " + System.getProperty("os.arch"),
        processorName(),
        Runtime.getRuntime().availableProcessors(),
        Runtime.getRuntime().maxMemory() >> 20,
        System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + ")",
        ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent());
  }

  private static String processorName() {
    if (Files.isReadable(CPU_INFO)) {
      try (Stream<String> lines = Files.lines(CPU_INFO)) {
        return lines
            .filter(line -> line.startsWith("model name"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElse("unknown");
      } catch (IOException e) {
        return "unknown";
      }
    }
    String windows = System.getenv("PROCESSOR_IDENTIFIER");
    return windows == null ? "unknown" : windows;
  }
}
