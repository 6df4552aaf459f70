package io.github.bn4j.cli;

import io.github.bn4j.cuda.DeviceException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what went wrong into one message on standard error and an exit code. */
final class Complaints {
  /** How picocli begins what it says of a value that cannot be converted. */
  private static final Pattern WRONG_VALUE =
      Pattern.compile(
          "Invalid value for (option '(?<option>[^']+)'|positional parameter at index \\d+)"
              + "( \\((?<label>[^)]*)\\))?: ");

  private final Ansi ansi;

  Complaints(Ansi ansi) {
    this.ansi = ansi;
  }

  /** A command line that cannot be parsed. */
  int parameter(ParameterException mistake, PrintWriter err) {
    CommandLine command = mistake.getCommandLine();
    say(err, inHouseStyle(String.valueOf(mistake.getMessage())) + hint(mistake));
    UnmatchedArgumentException.printSuggestions(mistake, err);
    err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    return ExitCodes.BAD_INPUT;
  }

  /** {@code --layout: expected ...} in the place of picocli's words for a value. */
  private static String inHouseStyle(String message) {
    Matcher wrong = WRONG_VALUE.matcher(message);
    if (!wrong.lookingAt()) {
      return message;
    }
    String name = wrong.group("option") != null ? wrong.group("option") : wrong.group("label");
    return name + ": " + message.substring(wrong.end());
  }

  /** A file name behind --json is taken for its own, and then missing where it was meant. */
  private static String hint(ParameterException mistake) {
    var parsed = mistake.getCommandLine().getParseResult();
    String file = parsed == null ? null : parsed.matchedOptionValue(JsonOption.NAME, null);
    return mistake instanceof MissingParameterException
            && file != null
            && !file.equals(JsonOption.STANDARD_OUTPUT)
        ? " (%s took \"%s\" for its own; put it last)".formatted(JsonOption.NAME, file)
        : "";
  }

  /** A command that failed. */
  int execution(Throwable failure, boolean verbose, PrintWriter err) {
    int code = code(failure);
    say(err, message(failure));
    if (verbose) {
      failure.printStackTrace(err);
    } else if (code == ExitCodes.UNEXPECTED && !(failure instanceof OutOfMemoryError)) {
      err.println("This is a mistake of the program; run it again with -v and report the output.");
    }
    err.flush();
    return code;
  }

  private void say(PrintWriter err, @Nullable String message) {
    err.println(ansi.string("@|bold,red bn4j:|@ ") + message);
    err.flush();
  }

  private static int code(Throwable failure) {
    if (failure instanceof Failure known) {
      return known.exitCode();
    }
    if (failure instanceof DeviceException) {
      return ExitCodes.NOT_AVAILABLE;
    }
    boolean callersMistake =
        failure instanceof IllegalArgumentException
            || failure instanceof UnsupportedOperationException
            || failure instanceof IOException
            || failure instanceof UncheckedIOException;
    return callersMistake ? ExitCodes.BAD_INPUT : ExitCodes.UNEXPECTED;
  }

  private static String message(Throwable failure) {
    if (failure instanceof UncheckedIOException io && io.getCause() != null) {
      return message(io.getCause());
    }
    if (failure instanceof NoSuchFileException || failure instanceof FileNotFoundException) {
      return failure.getMessage() + ": expected a file, found none; check the path";
    }
    if (failure instanceof AccessDeniedException denied) {
      return denied.getFile() + ": expected access, but it is denied; check the permissions";
    }
    if (failure instanceof FileSystemException && failure.getMessage() != null) {
      return failure.getMessage();
    }
    if (failure instanceof OutOfMemoryError) {
      return "expected enough memory, got none left (the heap is %d MiB); set BN4J_JAVA_OPTS=-Xmx8g"
          .formatted(Runtime.getRuntime().maxMemory() >> 20);
    }
    String text = failure.getMessage();
    return code(failure) != ExitCodes.UNEXPECTED && text != null ? text : failure.toString();
  }
}
