package io.github.bn4j.cuda;

/** Prints what the probe says; run by tests in a JVM of its own, since a JVM is probed once. */
final class ProbeMain {
  private ProbeMain() {}

  public static void main(String[] args) {
    System.out.println(CudaProbe.get().support());
    // Asked again: JCuda's class is now in an erroneous state, the reason must be the same.
    System.out.println(CudaProbe.get().support());
    System.out.println("devices " + CudaProbe.get().devices().size());
    try {
      CudaContext.primary(0);
      System.out.println("context");
    } catch (IllegalStateException e) {
      System.out.println("refused: " + e.getMessage());
    }
  }
}
