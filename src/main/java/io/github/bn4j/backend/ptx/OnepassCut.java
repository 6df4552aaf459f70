package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.LaunchShape;
import org.jspecify.annotations.Nullable;

/**
 * How a one-pass kernel cuts a tensor.
 *
 * @param stem the kernel's file, {@code bn_forward_onepass}
 * @param suffix what follows layout and type in the entry's name: {@code _x4} for clusters of 4,
 *     empty for others
 * @param wide with 16-byte accesses; null where the shape forbids them
 * @param narrow with one element per access
 * @param sizes of the workspace
 */
record OnepassCut(
    String stem, String suffix, @Nullable Share wide, Share narrow, Workspace.Sizes sizes) {

  /** Before the number of a cluster's blocks. */
  static final String CLUSTER_SUFFIX = "_x";

  /**
   * What a block does.
   *
   * @param shape grid, block, dynamic shared memory; cooperative in {@link Tier#GRID}
   * @param group channels of a block
   * @param splits blocks that share a group
   * @param chunk values per channel (channel second) or rows (channel last) of a block
   * @param resident how much of {@code chunk} stays on chip
   * @param lanes threads along the channels, channel last
   */
  record Share(LaunchShape shape, long group, long splits, long chunk, long resident, int lanes) {}

  /** Blocks of a cluster; 1 where there are none. */
  int clusterBlocks() {
    return suffix.isEmpty() ? 1 : Integer.parseInt(suffix.substring(CLUSTER_SUFFIX.length()));
  }

  /** The one that aligned tensors get. */
  Share usual() {
    return wide != null ? wide : narrow;
  }

  /** Fraction of the tensor that is kept on chip. */
  double residentFraction() {
    return Math.min(1.0, (double) usual().resident() / usual().chunk());
  }
}
