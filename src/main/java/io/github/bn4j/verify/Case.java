package io.github.bn4j.verify;

import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Mode;

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

  /** One line that tells this case from all others of a suite. */
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
    if (spec.mode() == Mode.TRAINING && spec.tracksRunningStatistics()) {
      name.append(" average ").append(spec.averageFactor()).append(' ').append(spec.varianceKind());
      name.append(' ').append(spec.policies().singleValue());
      name.append(' ').append(spec.policies().nonFinite());
    }
    if (spec.activation() != Activation.NONE && hasBackward()) {
      name.append(reserve ? " mask kept" : " mask recomputed");
    }
    if (inPlace) {
      name.append(" in place");
    }
    return name.append(", ").append(input.label()).append(" values").toString();
  }
}
