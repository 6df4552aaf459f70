package io.github.bn4j.backend;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.verify.Case;

/** What the laws are about. */
public interface Judged {
  /** The backend under test; the same object each time, or equal ones. */
  Backend backend();

  /** Options of its plans. */
  PlanOptions options();

  /**
   * Elements from an aligned address that a tensor may start at. A backend that wants aligned
   * memory says so by a larger number.
   */
  default int alignmentElements() {
    return 1;
  }

  /** Forward and backward passes over which allocation is counted. */
  default int calls() {
    return 10_000;
  }

  /** Starts a trial, or skips the test if the backend refuses the spec. */
  default Trial trial(Case c) {
    assumeSupported(c.spec());
    return new Trial(backend(), options(), c);
  }

  /** Starts a trial of a spec on ordinary values. */
  default Trial trial(BatchNormSpec spec) {
    return trial(Case.of(spec));
  }

  /** Skips the test if the backend refuses the spec. */
  default void assumeSupported(BatchNormSpec spec) {
    Support support = backend().supports(spec);
    assumeTrue(support.isYes(), () -> backend().name() + " refuses: " + support.reason());
  }
}
