package io.github.bn4j.backend.ptx;

import org.jspecify.annotations.Nullable;

/**
 * How a pass over batch statistics is done.
 *
 * @param cut of the one-pass kernel; null for {@link Tier#TWO_PASS}
 * @param why for a person to read: why this tier, and why not the ones before it
 */
record TierChoice(Direction direction, Tier tier, @Nullable OnepassCut cut, String why) {
  /** The tier, and all of its cut. */
  Way way() {
    if (cut == null) {
      return Way.of(tier);
    }
    OnepassCut.Share share = cut.usual();
    Way whole = Way.of(tier).withThreads(share.shape().blockX()).withGroup(share.group());
    return tier == Tier.BLOCK ? whole : whole.withSplits(share.splits());
  }

  /** Fraction of the tensors that does not stay on chip, and is read again. */
  double readAgain() {
    return cut == null ? 1 : 1 - cut.residentFraction();
  }

  /** Tensors' worth of traffic, without residual and mask. */
  double tensors() {
    return direction.onepassTraffic
        + readAgain() * (direction.twoPassTraffic - direction.onepassTraffic);
  }
}
