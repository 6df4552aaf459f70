package io.github.bn4j.backend.ptx;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Where a channel's values stay between the pass that finds its statistics and the one that uses
 * them. Concerns passes over batch statistics; with running statistics there is one pass anyway.
 */
public enum Tier {
  /** In the shared memory of one block: one launch, no exchange. */
  BLOCK("block"),
  /** In the blocks of a cluster, which tell each other their part. Compute capability 9.0. */
  CLUSTER("cluster"),
  /** In blocks all over the device, which wait for each other: a cooperative launch. */
  GRID("grid"),
  /** Nowhere: two launches, and the second reads all again. Does every spec. */
  TWO_PASS("two-pass");

  private final String label;

  Tier(String label) {
    this.label = label;
  }

  /** The name on the command line. */
  public String label() {
    return label;
  }

  /**
   * The tier of this label.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Tier of(String label) {
    return Arrays.stream(values())
        .filter(tier -> tier.label.equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "tier: expected one of "
                        + Arrays.stream(values()).map(Tier::label).collect(Collectors.joining(", "))
                        + ", got \""
                        + label
                        + "\""));
  }
}
