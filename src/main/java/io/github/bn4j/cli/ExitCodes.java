package io.github.bn4j.cli;

/** What the process returns to the shell. */
final class ExitCodes {
  /** Done as asked. */
  static final int OK = 0;

  /** Everything ran, but a check did not hold. */
  static final int CHECK_FAILED = 1;

  /** A wrong option, or input that is missing or wrong; nothing was written. */
  static final int BAD_INPUT = 2;

  /** The backend that was asked for cannot do this on this machine, or its device failed. */
  static final int NOT_AVAILABLE = 3;

  /** Out of memory, or a mistake of the program. */
  static final int UNEXPECTED = 4;

  private ExitCodes() {}
}
