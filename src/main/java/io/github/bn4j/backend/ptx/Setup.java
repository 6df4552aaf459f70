package io.github.bn4j.backend.ptx;

import io.github.bn4j.backend.ptx.LaunchTuning.Elementwise;
import io.github.bn4j.backend.ptx.LaunchTuning.Reduction;
import io.github.bn4j.cuda.CudaDevice;
import io.github.bn4j.cuda.CudaFunction;
import io.github.bn4j.op.BatchNormSpec;

/**
 * What a plan's kernels are prepared from.
 *
 * @param modules where the kernels come from
 * @param spec what is computed
 * @param geometry the tensor as kernels see it
 * @param limits of the device
 * @param workspace the plan's memory
 */
record Setup(
    PtxModules modules,
    BatchNormSpec spec,
    Geometry geometry,
    CudaDevice.Limits limits,
    Workspace workspace) {

  /** Accumulators of a partial result: mean and m2, or two sums. */
  private static final int PARTIAL = 2;

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
    return LaunchTuning.reduction(geometry, limits.multiprocessors(), packSize(wide));
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

  /** One launch for aligned tensors, if the cut has one, and one for all others. */
  Aligned onepass(OnepassCut cut, Enum<?>[] fields) {
    String suffix = "_" + geometry.label() + "_" + spec.dataType().label() + cut.suffix();
    CudaFunction function = modules.function(cut.stem(), suffix);
    // All there is, not what this plan needs: the setting belongs to the function, which plans of
    // other sizes share.
    function.allowDynamicShared(limits.sharedBytesPerBlock() - function.staticSharedBytes());
    function.preferShared();
    if (cut.clusterBlocks() > OnChipTuning.PORTABLE_CLUSTER_BLOCKS) {
      function.allowNonPortableClusters();
    }
    OnepassCut.Share wide = cut.wide();
    return new Aligned(
        wide == null ? null : new Launch(function, wide.shape(), fields),
        new Launch(function, cut.narrow().shape(), fields));
  }

  /** The workspace of the kernels that reduce, in two passes or with frozen statistics. */
  static Workspace.Sizes reductionSizes(BatchNormSpec spec, int multiprocessors) {
    Geometry geometry = Geometry.of(spec);
    int wide = isWide(spec, geometry) ? LaunchTuning.packSize(spec.dataType()) : 1;
    Reduction usual = LaunchTuning.reduction(geometry, multiprocessors, wide);
    Reduction narrow = LaunchTuning.reduction(geometry, multiprocessors, 1);
    long splits = Math.max(usual.splits(), narrow.splits());
    long channels = spec.shape().channels();
    long partials = splits == 1 ? 0 : Math.multiplyExact(splits * PARTIAL, channels);
    // Without splits one ticket counts the finished groups for the batch counter.
    long tickets = splits == 1 ? 1 : Math.max(usual.groups(), narrow.groups()) + 1;
    return new Workspace.Sizes(channels, partials, tickets, 0, spec.statisticsType());
  }
}
