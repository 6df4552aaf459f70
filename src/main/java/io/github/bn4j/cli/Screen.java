package io.github.bn4j.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Mixed into each command: where it prints, and in which colours. */
@Command
final class Screen {
  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  private CommandSpec command() {
    return Objects.requireNonNull(command, "set by picocli");
  }

  PrintWriter out() {
    return command().commandLine().getOut();
  }

  PrintWriter err() {
    return command().commandLine().getErr();
  }

  private Ansi ansi() {
    return command().commandLine().getColorScheme().ansi();
  }

  String good(String text) {
    return ansi().string("@|green " + text + "|@");
  }

  String bad(String text) {
    return ansi().string("@|red " + text + "|@");
  }

  String strong(String text) {
    return ansi().string("@|bold " + text + "|@");
  }

  /** Whether a person looks at standard error: only then there is a progress bar. */
  boolean errIsTerminal() {
    return command().root().userObject() instanceof Main main && main.terminal().err();
  }

  /** What was typed after {@code bn4j}. */
  List<String> arguments() {
    return command().root().commandLine().getParseResult().originalArgs();
  }
}
