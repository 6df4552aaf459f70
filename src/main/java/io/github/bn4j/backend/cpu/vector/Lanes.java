package io.github.bn4j.backend.cpu.vector;

import static jdk.incubator.vector.VectorOperators.AND;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.NE;
import static jdk.incubator.vector.VectorOperators.OR;

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
   * Does every operation of the loops once. The JDK looks an operation's implementation up in a
   * method that all vector classes share, and makes it at the first use: if that method has been
   * compiled by then, the first use of a further operation is noted there as a surprise, which
   * every loop that is compiled later pays for with vectors in objects.
   */
  static void prepare() {
    FloatVector f = FloatVector.zero(FLOATS);
    f = f.add(f).sub(f).mul(f).fma(f, f);
    f = f.blend(0f, f.compare(LE, 0f));
    IntVector i = f.reinterpretAsInts();
    i = i.add(i).sub(i).mul(i).min(i).max(i).lanewise(AND, i).lanewise(OR, i);
    i = i.lanewise(LSHL, 1).lanewise(LSHR, 1).lanewise(ASHR, 1);
    i = i.blend(i, i.compare(NE, 0));
    i.lanewise(OR, i.reduceLanes(OR)).intoArray(new int[COUNT], 0);
  }

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
