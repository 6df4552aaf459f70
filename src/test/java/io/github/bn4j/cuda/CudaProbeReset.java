package io.github.bn4j.cuda;

/** Lets tests outside this package make the probe ask again, after the emulated device changed. */
public final class CudaProbeReset {
  private CudaProbeReset() {}

  /** Forgets the probe's answer and all primary contexts. */
  public static void forget() {
    CudaProbe.forget();
  }
}
