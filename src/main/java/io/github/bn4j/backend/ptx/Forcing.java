package io.github.bn4j.backend.ptx;

import org.jspecify.annotations.Nullable;

/**
 * Ways that are asked for, in place of those that suit.
 *
 * @param forward null to choose
 * @param backward null to choose
 */
record Forcing(@Nullable Way forward, @Nullable Way backward) {
  /** Everything is chosen. */
  static final Forcing NONE = new Forcing(null, null);

  /** Both passes in a tier, cut by rule. */
  static Forcing of(Tier tier) {
    return new Forcing(Way.of(tier), Way.of(tier));
  }

  static Forcing of(Direction direction, Way way) {
    return direction == Direction.FORWARD ? new Forcing(way, null) : new Forcing(null, way);
  }

  @Nullable Way way(Direction direction) {
    return direction == Direction.FORWARD ? forward : backward;
  }

  /** What a backend's name has after {@code ptx}: {@code -block}, {@code -forward-cluster-x4}. */
  String suffix() {
    if (forward != null && forward.equals(backward)) {
      return word("-", forward);
    }
    return word("-forward-", forward) + word("-backward-", backward);
  }

  private static String word(String before, @Nullable Way way) {
    return way == null ? "" : before + way.label().replace(' ', '-');
  }
}
