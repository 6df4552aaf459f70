package io.github.bn4j.backend.ptx;

/** How one-pass kernels cut a tensor whose channels come second. */
final class OnepassSecond {
  private OnepassSecond() {}

  static TierFit fit(Tier tier, Problem problem) {
    return TierFit.no(
        "no one-pass kernel for channels second, "
            + tier.label()
            + ", "
            + problem.direction().label());
  }
}
