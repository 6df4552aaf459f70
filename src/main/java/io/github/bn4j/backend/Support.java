package io.github.bn4j.backend;

import org.jspecify.annotations.Nullable;

/**
 * A yes, or a no with its reason and remedy. Refusal is a value: nobody has to catch it.
 *
 * @param reason null for yes
 */
public record Support(@Nullable String reason) {
  private static final Support YES = new Support(null);

  /** Supported. */
  public static Support yes() {
    return YES;
  }

  /**
   * Not supported.
   *
   * @param reason what is missing and what to do, for a person to read
   */
  public static Support no(String reason) {
    return new Support(reason);
  }

  /** True for yes. */
  public boolean isYes() {
    return reason == null;
  }

  @Override
  public String toString() {
    return reason == null ? "yes" : "no: " + reason;
  }
}
