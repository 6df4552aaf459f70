package io.github.bn4j.cli;

import org.jspecify.annotations.Nullable;

/** Ends a command with a message for the user and an exit code. */
final class Failure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int exitCode;

  private Failure(int exitCode, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /** The user's mistake: parameter, expected, got, remedy. */
  static Failure badInput(String message) {
    return new Failure(ExitCodes.BAD_INPUT, message, null);
  }

  static Failure badInput(String message, Throwable cause) {
    return new Failure(ExitCodes.BAD_INPUT, message, cause);
  }

  static Failure notAvailable(String message) {
    return new Failure(ExitCodes.NOT_AVAILABLE, message, null);
  }

  int exitCode() {
    return exitCode;
  }
}
