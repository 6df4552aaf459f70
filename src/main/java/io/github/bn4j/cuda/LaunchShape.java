package io.github.bn4j.cuda;

/**
 * Grid and block of a launch; made once, by the plan.
 *
 * @param gridX blocks along x, 1 to 2^31 - 1
 * @param gridY blocks along y, 1 to 65535
 * @param blockX threads per block along x
 * @param blockY threads per block along y
 * @param sharedBytes dynamic shared memory per block
 * @param cooperative true if blocks wait for each other, so that all have to be resident
 */
public record LaunchShape(
    int gridX, int gridY, int blockX, int blockY, int sharedBytes, boolean cooperative) {
  /** Checks what is wrong on every device. */
  public LaunchShape {
    if (gridX < 1 || gridY < 1 || gridY > 65535 || blockX < 1 || blockY < 1 || sharedBytes < 0) {
      throw new IllegalArgumentException(
          "launch: expected grid and block >= 1, gridY <= 65535 and sharedBytes >= 0, got grid "
              + gridX
              + "x"
              + gridY
              + ", block "
              + blockX
              + "x"
              + blockY
              + ", "
              + sharedBytes
              + " bytes");
    }
  }

  /** A one-dimensional launch without dynamic shared memory. */
  public static LaunchShape of(int blocks, int threads) {
    return new LaunchShape(blocks, 1, threads, 1, 0, false);
  }
}
