package io.github.bn4j.train.cpu;

import io.github.bn4j.train.engine.Flow;
import io.github.bn4j.train.engine.Weights;
import org.jspecify.annotations.Nullable;

/** Where the tensors of a layer with weights lie. */
record LayerFloats(
    Floats x,
    Floats y,
    @Nullable Floats dy,
    @Nullable Floats dx,
    Floats weight,
    @Nullable Floats bias,
    Floats dWeight,
    @Nullable Floats dBias) {
  /** Elements of the layer's input, output, weights and bias. */
  record Sizes(long in, long out, long weight, long bias) {}

  /**
   * The arrays of tensors.
   *
   * @throws IllegalArgumentException for one that is no f32 array of the JVM of its size
   */
  static LayerFloats of(Sizes sizes, Weights w, Flow flow) {
    return new LayerFloats(
        Floats.of("x", flow.x(), sizes.in),
        Floats.of("y", flow.y(), sizes.out),
        Floats.ofNullable("dy", flow.dy(), sizes.out),
        Floats.ofNullable("dx", flow.dx(), sizes.in),
        Floats.of("weight", w.weight(), sizes.weight),
        Floats.ofNullable("bias", w.bias(), sizes.bias),
        Floats.of("dWeight", w.dWeight(), sizes.weight),
        Floats.ofNullable("dBias", w.dBias(), sizes.bias));
  }
}
