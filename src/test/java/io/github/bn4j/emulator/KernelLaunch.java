package io.github.bn4j.emulator;

import java.util.Arrays;

/**
 * A kernel launch as it was executed.
 *
 * @param status code of the driver; 0 if it ran to its end
 */
public record KernelLaunch(
    String kernel,
    int device,
    Size grid,
    Size block,
    int dynamicShared,
    boolean cooperative,
    int status,
    Counters counters) {

  /** Three dimensions. */
  public record Size(int x, int y, int z) {}

  /**
   * What a launch did; the same for every order of execution unless the kernel decides otherwise.
   *
   * @param warpInstructions instructions issued
   * @param threadInstructions the same, times active lanes
   * @param requests warp-wide loads, stores and atomics on global memory
   * @param sectorsRead of 32 bytes, each as often as it was requested
   * @param uniqueSectorsRead each once: the traffic that no cache can spare
   * @param idealSectors sectors if every request were dense
   * @param sharedWavefronts passes over shared memory; as many as ideal when no banks conflict
   * @param barriers completed block barriers
   * @param atomics warp-wide global atomics
   */
  public record Counters(
      long warpInstructions,
      long threadInstructions,
      long requests,
      long sectorsRead,
      long sectorsWritten,
      long uniqueSectorsRead,
      long uniqueSectorsWritten,
      long idealSectors,
      long sharedRequests,
      long sharedWavefronts,
      long sharedWavefrontsIdeal,
      long barriers,
      long clusterBarriers,
      long atomics,
      long sharedAtomics,
      long shuffles,
      long divergentBranches,
      long blocks,
      long threads) {

    private static Counters of(long[] c) {
      return new Counters(
          c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10], c[11], c[12], c[13],
          c[14], c[15], c[16], c[17], c[18]);
    }
  }

  static KernelLaunch parse(String line) {
    String[] field = line.split("\t", -1);
    long[] number = Arrays.stream(field).skip(1).mapToLong(Long::parseLong).toArray();
    return new KernelLaunch(
        field[0],
        (int) number[0],
        size(number, 1),
        size(number, 4),
        (int) number[7],
        number[8] != 0,
        (int) number[9],
        Counters.of(Arrays.copyOfRange(number, 10, number.length)));
  }

  private static Size size(long[] number, int at) {
    return new Size((int) number[at], (int) number[at + 1], (int) number[at + 2]);
  }
}
