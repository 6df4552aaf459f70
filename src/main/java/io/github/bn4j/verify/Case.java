package io.github.bn4j.verify;

import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.TensorShape;

/**
 * One thing to compute.
 *
 * @param spec what
 * @param input on which kind of values
 * @param inPlace true to write y over x, and dx over dy
 * @param reserve true to pass the activation's mask from forward to backward; false to recompute it
 */
public record Case(BatchNormSpec spec, HardInput input, boolean inPlace, boolean reserve) {
  /** A case on ordinary values, each tensor in memory of its own, the mask recomputed. */
  public static Case of(BatchNormSpec spec) {
    return new Case(spec, HardInput.ORDINARY, false, false);
  }

  /** A case on other values. */
  public static Case of(BatchNormSpec spec, HardInput input) {
    return new Case(spec, input, false, false);
  }

  /** This case in place. */
  public Case withInPlace() {
    return new Case(spec, input, true, reserve);
  }

  /** This case with the mask passed through the reserve space. */
  public Case withReserve() {
    return new Case(spec, input, inPlace, true);
  }

  /** True if there is a backward pass to compute. */
  public boolean hasBackward() {
    return spec.mode() != Mode.INFERENCE;
  }

  /** Cases of one group differ in shape, values and options: {@code TRAINING f32 nchw}. */
  public String group() {
    return spec.mode() + " " + spec.dataType().label() + " " + spec.layout().label();
  }

  /** One line that tells this case from all others of a suite; what is usual is left out. */
  public String name() {
    StringBuilder name = new StringBuilder(spec.describe());
    if (spec.hasScale() != spec.hasShift()) {
      name.append(spec.hasScale() ? " scale only" : " shift only");
    } else if (!spec.hasScale()) {
      name.append(" no affine");
    }
    if (!spec.tracksRunningStatistics()) {
      name.append(" untracked");
    }
    BatchNormSpec usual = BatchNormSpec.builder(TensorShape.of(2, 1)).build();
    append(name, " average ", spec.averageFactor(), usual.averageFactor());
    append(name, " ", spec.varianceKind(), usual.varianceKind());
    append(name, " epsilon ", spec.epsilon(), usual.epsilon());
    append(name, " ", spec.policies().singleValue(), usual.policies().singleValue());
    append(name, " ", spec.policies().nonFinite(), usual.policies().nonFinite());
    if (reserve) {
      name.append(" mask kept");
    } else if (spec.activation() != Activation.NONE && hasBackward()) {
      name.append(" mask recomputed");
    }
    if (inPlace) {
      name.append(" in place");
    }
    return name.append(", ").append(input.label()).append(" values").toString();
  }

  private static void append(StringBuilder name, String before, Object value, Object usual) {
    if (!value.equals(usual)) {
      name.append(before).append(value);
    }
  }
}
