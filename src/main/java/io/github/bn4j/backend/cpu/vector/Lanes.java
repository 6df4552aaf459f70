package io.github.bn4j.backend.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** The shapes of vectors on this machine, at most 16 floats. */
final class Lanes {
  static final VectorSpecies<Float> FLOATS =
      FloatVector.SPECIES_PREFERRED.length() > 16
          ? FloatVector.SPECIES_512
          : FloatVector.SPECIES_PREFERRED;
  static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());

  /** As many shorts as there are floats. */
  static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));

  static final int COUNT = FLOATS.length();

  private Lanes() {}

  /**
   * The lanes' sum, always in the same order; four sums, since each addition waits for its last.
   */
  static double total(float[] lanes) {
    double total0 = 0;
    double total1 = 0;
    double total2 = 0;
    double total3 = 0;
    for (int i = 0; i < COUNT; i += 4) {
      total0 += lanes[i];
      total1 += lanes[i + 1];
      total2 += lanes[i + 2];
      total3 += lanes[i + 3];
    }
    return (total0 + total1) + (total2 + total3);
  }

  /** {@code 1 << lane} in each lane. */
  static IntVector bits() {
    int[] bits = new int[COUNT];
    for (int lane = 0; lane < COUNT; lane++) {
      bits[lane] = 1 << lane;
    }
    return IntVector.fromArray(INTS, bits, 0);
  }
}
