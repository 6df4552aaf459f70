package io.github.bn4j.verify;

import org.jspecify.annotations.Nullable;

/**
 * One line of a report: one result of one case on one backend.
 *
 * @param backend name of the backend
 * @param group what the case has in common with others: mode, type, layout, or golden
 * @param name the case in full
 * @param what the result: {@code y}, {@code dx}, ...
 * @param verdict whether it holds
 * @param comparison worst error, bound and index; null unless something was compared
 * @param reason why it was refused or failed; null if it holds
 */
public record Row(
    String backend,
    String group,
    String name,
    String what,
    Verdict verdict,
    @Nullable Comparison comparison,
    @Nullable String reason) {

  /** Whether a result holds. */
  public enum Verdict {
    /** Every element is within its bound. */
    OK,
    /** An element is not, or the backend threw an exception. */
    FAILED,
    /** The backend says that it does not support the case. */
    REFUSED
  }

  /** Error in proportion to the bound; infinite for a failure without numbers. */
  public double ratio() {
    if (comparison != null) {
      return comparison.ratio();
    }
    return verdict == Verdict.FAILED ? Double.POSITIVE_INFINITY : 0;
  }
}
