package io.github.bn4j.cli;

import io.github.bn4j.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Mixed into commands that report: the option {@code --json}. */
@Command
final class JsonOption {
  private static final String STANDARD_OUTPUT = "-";

  @Option(
      names = "--json",
      arity = "0..1",
      fallbackValue = STANDARD_OUTPUT,
      paramLabel = "FILE",
      description = "Write the report as JSON to FILE; without FILE print it instead of the table.")
  private @Nullable String target;

  /** Checks before long work that the report can be written. */
  void check() {
    if (target != null && !printsInstead()) {
      OutputFile.check("--json", Path.of(target));
    }
  }

  /** True if JSON takes the place of the table on standard output. */
  boolean printsInstead() {
    return STANDARD_OUTPUT.equals(target);
  }

  /** Writes the report where the option says, if it is there. */
  void write(Screen screen, Object report) throws IOException {
    if (target == null) {
      return;
    }
    String json = Screen.toJson(report);
    if (printsInstead()) {
      screen.out().println(json);
    } else {
      AtomicFile.writeText(Path.of(target), json + "\n");
    }
  }
}
