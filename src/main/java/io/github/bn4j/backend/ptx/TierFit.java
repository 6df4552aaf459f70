package io.github.bn4j.backend.ptx;

import org.jspecify.annotations.Nullable;

/**
 * Whether a tier can do a pass, and how.
 *
 * @param cut null if it cannot
 * @param fills true if it leaves no multiprocessor without work, or if the work is too little to
 *     matter
 * @param reason why it cannot, or why another would be better; what it does if neither
 */
record TierFit(@Nullable OnepassCut cut, boolean fills, String reason) {
  static TierFit no(String reason) {
    return new TierFit(null, false, reason);
  }

  /** Whether the pass can be done; two passes have no cut, and can always. */
  boolean can(Way way) {
    return cut != null || way.equals(Way.of(Tier.TWO_PASS));
  }
}
