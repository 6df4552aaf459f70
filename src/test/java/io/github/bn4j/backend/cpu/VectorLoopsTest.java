package io.github.bn4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Loops over vectors are compiled on their own. Inlined into a method that many kinds of tensors
 * have gone through, they share its record of surprises, and with too many of those the compiler
 * guards no call by a trap any more: vectors become objects.
 */
final class VectorLoopsTest {
  /** Bytes of the longest method that HotSpot inlines, {@code FreqInlineSize}. */
  private static final int INLINED = 325;

  /** What uses vectors once. */
  private static final Set<String> NO_LOOPS = Set.of("Lanes.class", "VectorProvider.class");

  private static final Path CLASSES =
      Path.of("target", "classes", "io", "github", "bn4j", "backend", "cpu", "vector");

  /** Of a field, too, which has no instructions. */
  private static final Pattern HEADER = Pattern.compile(" {2}\\S.*;");

  private static final Pattern INSTRUCTION = Pattern.compile(" +(\\d+): (\\S.*)");

  @Test
  void everyLoop_isTooLongToBeInlined() throws Exception {
    List<String> loops = new ArrayList<>();
    List<String> tooShort = new ArrayList<>();
    try (Stream<Path> files = Files.list(CLASSES)) {
      for (Path file : files.filter(f -> !NO_LOOPS.contains("" + f.getFileName())).toList()) {
        read(file, loops, tooShort);
      }
    }
    assertThat(loops).hasSizeGreaterThan(40);
    assertThat(tooShort).isEmpty();
  }

  private static void read(Path file, List<String> loops, List<String> tooShort) {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    int status = ToolProvider.findFirst("javap").orElseThrow().run(out, out, "-p", "-c", "" + file);
    assertThat(status).as(text::toString).isZero();
    String method = "";
    int bytes = 0;
    boolean vectors = false;
    for (String line : (text + "\n  void end();\n").lines().toList()) {
      Matcher header = HEADER.matcher(line);
      Matcher instruction = INSTRUCTION.matcher(line);
      if (header.matches()) {
        if (vectors) {
          loops.add(method);
        }
        if (vectors && bytes <= INLINED) {
          tooShort.add(method + " in " + bytes + " bytes");
        }
        method = file.getFileName() + line;
        vectors = false;
      } else if (instruction.matches()) {
        // Methods end with a return, of one byte.
        bytes = Integer.parseInt(instruction.group(1)) + 1;
        vectors |= instruction.group(2).matches("invoke.*Method jdk/incubator/vector/.*");
      }
    }
  }
}
