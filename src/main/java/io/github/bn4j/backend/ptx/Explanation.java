package io.github.bn4j.backend.ptx;

import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import org.jspecify.annotations.Nullable;

/** What a plan does and how much memory traffic that is, for a person to read. */
final class Explanation {
  private static final double MEGABYTE = 1e6;

  private final BatchNormSpec spec;
  private final Geometry geometry;
  private final long workspaceBytes;

  Explanation(BatchNormSpec spec, Geometry geometry, long workspaceBytes) {
    this.spec = spec;
    this.geometry = geometry;
    this.workspaceBytes = workspaceBytes;
  }

  /** The text. */
  String of(String device, Passes passes) {
    double n = spec.shape().elements() * (double) spec.dataType().bytes();
    StringBuilder text = new StringBuilder();
    text.append("ptx: %s on %s%n".formatted(spec.describe(), device));
    text.append(
        "  N = %.3f MB per tensor, workspace %.3f MB, %s%n"
            .formatted(n / MEGABYTE, workspaceBytes / MEGABYTE, accesses()));
    TierChoice forward = passes.tiers().forward();
    append(text, "forward: ", passes.forward().describe(), forwardTraffic(forward), forward);
    if (passes.backward() != null) {
      TierChoice backward = passes.tiers().backward();
      append(text, "backward:", passes.backward().describe(), backwardTraffic(backward), backward);
    }
    return text.toString().stripTrailing();
  }

  private static void append(
      StringBuilder text, String title, String steps, String traffic, @Nullable TierChoice choice) {
    text.append("  %s %s; traffic %s%n".formatted(title, steps, traffic));
    if (choice != null) {
      text.append("            tier %s: %s%n".formatted(choice.tier().label(), choice.why()));
    }
  }

  private String accesses() {
    int pack = LaunchTuning.packSize(spec.dataType());
    String elementwise = "16-byte accesses on tensors aligned to 16 bytes";
    if (Setup.isWide(spec, geometry)) {
      return elementwise;
    }
    String because =
        (geometry.channelLast() ? "c = " + geometry.c() : "hw = " + geometry.hw())
            + " is no multiple of "
            + pack;
    return geometry.channelLast()
        ? "one element per access, since " + because
        : elementwise + ", but one element per access in reductions, since " + because;
  }

  private String forwardTraffic(@Nullable TierChoice choice) {
    double tensors = (choice == null ? 2 : choice.tensors()) + (spec.hasResidual() ? 1 : 0);
    return number(tensors)
        + (hasMask() ? " + 1 bit per element" : "")
        + (choice == null ? " (x is read and y written once)" : because(choice, "x"));
  }

  private String backwardTraffic(@Nullable TierChoice choice) {
    double tensors = (choice == null ? 3 : choice.tensors()) + (spec.hasResidual() ? 1 : 0);
    // What is read again needs the mask again, or without one the residual.
    double reads = choice == null ? 1 : 1 + choice.readAgain();
    String mask = hasMask() ? " + " + bits(reads) + " per element with a mask" : "";
    String recompute =
        hasMask() && spec.hasResidual() ? ", " + number(tensors + reads) + " without a mask" : "";
    return number(tensors)
        + mask
        + recompute
        + (choice == null
            ? " (x and dy are read and dx written once)"
            : because(choice, "x and dy"));
  }

  private static String because(TierChoice choice, String what) {
    double again = choice.readAgain();
    String is = choice.direction() == Direction.FORWARD ? " is" : " are";
    if (again == 0) {
      return " (" + what + is + " read once and kept on chip)";
    }
    return choice.cut() == null
        ? " (" + what + is + " read for the sums and again; less where the L2 cache keeps it)"
        : " (%.0f %% of %s stay on chip, the rest is read again)"
            .formatted(100 - 100 * again, what);
  }

  private static String number(double tensors) {
    return (tensors == Math.rint(tensors) ? "%.0f N" : "%.2f N").formatted(tensors);
  }

  private static String bits(double reads) {
    return reads == 1 ? "1 bit" : (reads == 2 ? "2 bits" : "%.2f bits".formatted(reads));
  }

  private boolean hasMask() {
    return spec.activation() != Activation.NONE;
  }
}
