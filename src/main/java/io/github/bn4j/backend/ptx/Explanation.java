package io.github.bn4j.backend.ptx;

import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Mode;

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

  /**
   * The text.
   *
   * @param forward kernels of the forward pass
   * @param backward kernels of the backward pass; empty if there is none
   */
  String of(String device, String forward, String backward) {
    double n = spec.shape().elements() * (double) spec.dataType().bytes();
    StringBuilder text = new StringBuilder();
    text.append("ptx: %s on %s%n".formatted(spec.describe(), device));
    text.append(
        "  N = %.3f MB per tensor, workspace %.3f MB, %s%n"
            .formatted(n / MEGABYTE, workspaceBytes / MEGABYTE, accesses()));
    text.append("  forward:  %s; traffic %s%n".formatted(forward, forwardTraffic()));
    if (!backward.isEmpty()) {
      text.append("  backward: %s; traffic %s%n".formatted(backward, backwardTraffic()));
    }
    return text.toString().stripTrailing();
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

  private String forwardTraffic() {
    int tensors = (spec.usesBatchStatistics() ? 3 : 2) + (spec.hasResidual() ? 1 : 0);
    String why =
        spec.usesBatchStatistics()
            ? "x is read for the statistics and again to normalize; less where it stays in the L2 cache"
            : "x is read and y written once";
    return tensors + " N" + (hasMask() ? " + 1 bit per element" : "") + " (" + why + ")";
  }

  private String backwardTraffic() {
    boolean training = spec.mode() == Mode.TRAINING;
    int tensors = (training ? 5 : 3) + (spec.hasResidual() ? 1 : 0);
    String mask =
        hasMask()
            ? training ? " + 2 bits per element with a mask" : " + 1 bit per element with a mask"
            : "";
    String recompute =
        hasMask() && spec.hasResidual()
            ? ", %d N without a mask".formatted(tensors + (training ? 2 : 1))
            : "";
    String why =
        training
            ? "x and dy are read for the sums and again for dx"
            : "x and dy are read and dx written once";
    return tensors + " N" + mask + recompute + " (" + why + ")";
  }

  private boolean hasMask() {
    return spec.activation() != Activation.NONE;
  }
}
