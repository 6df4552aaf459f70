package io.github.bn4j.backend.cpu.vector;

import static jdk.incubator.vector.VectorOperators.I2S;
import static jdk.incubator.vector.VectorOperators.S2I;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
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

  /** The lanes' sum in their order. */
  static double total(float[] lanes) {
    double total = 0;
    for (float lane : lanes) {
      total += lane;
    }
    return total;
  }

  /** {@code 1 << lane} in each lane. */
  static IntVector bits() {
    int[] bits = new int[COUNT];
    for (int lane = 0; lane < COUNT; lane++) {
      bits[lane] = 1 << lane;
    }
    return IntVector.fromArray(INTS, bits, 0);
  }

  static IntVector widen(short[] from, int at) {
    return (IntVector) ShortVector.fromArray(SHORTS, from, at).convertShape(S2I, INTS, 0);
  }

  static void narrow(IntVector values, short[] into, int at) {
    ((ShortVector) values.convertShape(I2S, SHORTS, 0)).intoArray(into, at);
  }
}
