package io.github.bn4j.backend.ptx;

import org.jspecify.annotations.Nullable;

/**
 * Tiers that are asked for, in place of those that suit.
 *
 * @param forward null to choose
 * @param backward null to choose
 */
record Forcing(@Nullable Tier forward, @Nullable Tier backward) {
  /** Everything is chosen. */
  static final Forcing NONE = new Forcing(null, null);

  static Forcing of(Direction direction, Tier tier) {
    return direction == Direction.FORWARD ? new Forcing(tier, null) : new Forcing(null, tier);
  }

  @Nullable Tier tier(Direction direction) {
    return direction == Direction.FORWARD ? forward : backward;
  }

  /** What a backend's name has after {@code ptx}: {@code -block}, {@code -forward-block}. */
  String suffix() {
    if (forward != null && forward == backward) {
      return "-" + forward.label();
    }
    return (forward == null ? "" : "-forward-" + forward.label())
        + (backward == null ? "" : "-backward-" + backward.label());
  }
}
