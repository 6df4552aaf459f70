package io.github.bn4j.backend.ptx;

import io.github.bn4j.backend.ptx.LaunchTuning.Elementwise;
import io.github.bn4j.backend.ptx.LaunchTuning.Reduction;
import io.github.bn4j.cuda.CudaFunction;
import io.github.bn4j.op.BatchNormSpec;

/**
 * What a plan's kernels are prepared from.
 *
 * @param modules where the kernels come from
 * @param spec what is computed
 * @param geometry the tensor as kernels see it
 * @param multiprocessors of the device
 * @param workspace the plan's memory
 */
record Setup(
    PtxModules modules,
    BatchNormSpec spec,
    Geometry geometry,
    int multiprocessors,
    Workspace workspace) {

  CudaFunction function(String stem) {
    String suffix = "_" + geometry.label() + "_" + spec.dataType().label();
    return modules.function(stem, suffix);
  }

  /** True if reductions may use 16-byte accesses on aligned tensors. */
  static boolean isWide(BatchNormSpec spec, Geometry g) {
    long contiguous = g.channelLast() ? g.c() : g.hw();
    return contiguous % LaunchTuning.packSize(spec.dataType()) == 0;
  }

  Reduction reduction(boolean wide) {
    return LaunchTuning.reduction(geometry, multiprocessors, packSize(wide));
  }

  Elementwise elementwise(boolean wide, int packsInFlight) {
    return LaunchTuning.elementwise(geometry, packSize(wide), packsInFlight);
  }

  private int packSize(boolean wide) {
    return wide ? LaunchTuning.packSize(spec.dataType()) : 1;
  }

  /** One launch for aligned tensors, if the shape allows it, and one for all others. */
  Aligned reductions(String stem, Enum<?>[] fields) {
    CudaFunction function = function(stem);
    Launch wide =
        isWide(spec, geometry) ? new Launch(function, reduction(true).shape(), fields) : null;
    return new Aligned(wide, new Launch(function, reduction(false).shape(), fields));
  }

  /** Likewise; channel second, an elementwise kernel splits packs where a channel ends. */
  Aligned elementwise(String stem, Enum<?>[] fields, int packsInFlight) {
    CudaFunction function = function(stem);
    Launch wide =
        isWide(spec, geometry) || !geometry.channelLast()
            ? new Launch(function, elementwise(true, packsInFlight).shape(), fields)
            : null;
    return new Aligned(
        wide, new Launch(function, elementwise(false, packsInFlight).shape(), fields));
  }
}
