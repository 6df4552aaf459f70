package io.github.bn4j.cli;

import io.github.bn4j.cuda.DeviceException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what went wrong into one message on standard error and an exit code. */
final class Complaints {
  private final Ansi ansi;

  Complaints(Ansi ansi) {
    this.ansi = ansi;
  }

  /** A command line that cannot be parsed. */
  int parameter(ParameterException mistake, PrintWriter err) {
    CommandLine command = mistake.getCommandLine();
    say(err, mistake.getMessage());
    UnmatchedArgumentException.printSuggestions(mistake, err);
    err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    return ExitCodes.BAD_INPUT;
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
