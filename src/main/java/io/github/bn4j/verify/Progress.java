package io.github.bn4j.verify;

/** Told how far a long verification has come. */
@FunctionalInterface
public interface Progress {
  /** Tells nobody. */
  Progress NONE = (done, total, next) -> {};

  /**
   * Called before each step.
   *
   * @param done steps done
   * @param total steps in all
   * @param next what comes next, for a person to read
   */
  void at(int done, int total, String next);
}
