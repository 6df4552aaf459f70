package io.github.bn4j.backend.ptx;

/** How one-pass kernels cut a tensor whose channels come last. */
final class OnepassLast {
  private OnepassLast() {}

  static TierFit fit(Tier tier, Problem problem) {
    return TierFit.no(
        "no one-pass kernel for channels last, "
            + tier.label()
            + ", "
            + problem.direction().label());
  }
}
