package io.github.bn4j.cli;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonPrimitive;
import com.google.gson.JsonSerializer;
import io.github.bn4j.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Mixed into commands that report: the option {@code --json}. */
@Command
final class JsonOption {
  static final String NAME = "--json";
  static final String STANDARD_OUTPUT = "-";

  /** JSON has no word for what is not finite: it becomes a string, {@code "Infinity"}. */
  private static final JsonSerializer<Double> NUMBERS =
      (value, type, context) ->
          Double.isFinite(value) ? new JsonPrimitive(value) : new JsonPrimitive(value.toString());

  @Option(
      names = NAME,
      arity = "0..1",
      fallbackValue = STANDARD_OUTPUT,
      paramLabel = "FILE",
      description = "Write the report as JSON to FILE; without FILE print it instead of the table.")
  private @Nullable String target;

  /** Checks before long work that the report can be written. */
  void check() {
    if (target == null || printsInstead()) {
      return;
    }
    Path file = Path.of(target);
    if (TensorFiles.isTensorFile(file)) {
      throw Failure.badInput(
          "%s: expected a file for the report, got %s, which is one for tensors; put --json last"
              .formatted(NAME, file));
    }
    OutputFile.check(NAME, file);
  }

  private boolean printsInstead() {
    return STANDARD_OUTPUT.equals(target);
  }

  /** Prints the table unless JSON takes its place, and writes JSON where the option says. */
  void report(Screen screen, Object report, Runnable table) throws IOException {
    if (printsInstead()) {
      screen.out().println(toJson(report));
      return;
    }
    table.run();
    if (target != null) {
      AtomicFile.writeText(Path.of(target), toJson(report) + "\n");
    }
  }

  static String toJson(Object value) {
    return new GsonBuilder()
        .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
        .setPrettyPrinting()
        .disableHtmlEscaping()
        .serializeNulls()
        .registerTypeAdapter(double.class, NUMBERS)
        .registerTypeAdapter(Double.class, NUMBERS)
        .create()
        .toJson(value);
  }
}
