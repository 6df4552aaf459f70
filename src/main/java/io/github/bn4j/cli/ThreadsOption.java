package io.github.bn4j.cli;

import io.github.bn4j.backend.PlanOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Mixed into commands that may compute on the processor: the option {@code --threads}. */
@Command
final class ThreadsOption {
  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description = "Threads on the CPU; 0 for all processors. Default: ${DEFAULT-VALUE}.")
  private int count;

  int count() {
    return count;
  }

  /**
   * The options of a plan with so many threads.
   *
   * @throws IllegalArgumentException for a negative number
   */
  PlanOptions plan() {
    return PlanOptions.DEFAULT.withThreads(count);
  }
}
