package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.DeviceModel;
import io.github.bn4j.emulator.EmulatedDriver;
import io.github.bn4j.emulator.KernelLaunch;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.TensorShape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the passes over a layer read and write, counted by the emulated device, over what they
 * should. The layer is cut as an H200 would cut the whole of it, but has two groups of its channels
 * only: groups have nothing to do with each other, and each does the same, so their number is just
 * how often it is done; two, so that each has a neighbour in the rows. Two passes, whose splits
 * depend on the number of channels, have as many channels as time allows.
 *
 * @param layer the whole layer
 * @param chosen true if this is the tier that an H200 would take
 * @param tensors traffic that the tier should have, in tensors
 * @param traffic sectors over those of the tensors, of the arrays per channel, and of what blocks
 *     tell each other, each once per launch; where rows are read again by plan, as often as they
 *     are requested
 * @param dense sectors requested over those of dense requests
 * @param banks wavefronts of shared memory over those without conflicts
 * @param issued instructions of PTX that the warps issue for 32 elements of x
 */
record LayerCounters(
    BatchNormSpec layer,
    Direction direction,
    Tier tier,
    boolean chosen,
    double tensors,
    double traffic,
    double dense,
    double banks,
    double issued) {
  private static final int SECTOR_BYTES = 32;

  private static final int WARP = 32;

  private static final int GROUPS = 2;

  /** Elements from which on one group has to do. */
  private static final long MANY = 8_000_000;

  /** Elements that two passes are run with. */
  private static final long TWO_PASS_ELEMENTS = 1_000_000;

  /** The fewest channels of two passes: a tile of 8 lanes of 16 bytes. */
  private static final long TWO_PASS_CHANNELS = 64;

  /** Whether the tier can do a pass of the layer on an H200. */
  static boolean fits(BatchNormSpec layer, Direction direction, Tier tier) {
    return TierTuning.fit(Way.of(tier), problem(layer, direction)).can(Way.of(tier));
  }

  private static Problem problem(BatchNormSpec layer, Direction direction) {
    return Problem.of(direction, layer, DeviceModel.H200.limits());
  }

  /** Runs a pass of a layer in a tier that {@link #fits}. */
  static LayerCounters count(BatchNormSpec layer, Direction direction, Tier tier) {
    TierChoice choice = TierTuning.choose(problem(layer, direction), Way.of(tier));
    BatchNormSpec part = part(layer, choice.cut());
    Forcing forcing = Forcing.of(direction, choice.way());
    EmulatedDriver.execution(0, 0, false, 0);
    List<KernelLaunch.Counters> launches;
    try (Device device = Device.of(new PtxBackend(forcing), part)) {
      EmulatedDriver.takeLaunches();
      device.run(direction);
      launches = EmulatedDriver.takeLaunches().stream().map(KernelLaunch::counters).toList();
    }
    return of(layer, part, choice, launches);
  }

  /** Some of a layer's channels. */
  private static BatchNormSpec part(BatchNormSpec layer, @Nullable OnepassCut cut) {
    long m = layer.shape().valuesPerChannel();
    long channels = Math.max(TWO_PASS_CHANNELS, TWO_PASS_ELEMENTS / m / 64 * 64);
    if (cut != null) {
      long group = cut.usual().group();
      channels = GROUPS * group * m > MANY ? group : GROUPS * group;
    }
    long[] sizes = layer.shape().sizes();
    sizes[1] = Math.min(sizes[1], channels);
    return BatchNormSpec.builder(TensorShape.of(sizes))
        .layout(layer.layout())
        .dataType(layer.dataType())
        .build();
  }

  private static LayerCounters of(
      BatchNormSpec layer,
      BatchNormSpec part,
      TierChoice choice,
      List<KernelLaunch.Counters> launches) {
    double once = 0;
    double requested = 0;
    double dense = 0;
    double wavefronts = 0;
    double ideal = 0;
    double instructions = 0;
    for (KernelLaunch.Counters c : launches) {
      once += (double) c.uniqueSectorsRead() + c.uniqueSectorsWritten();
      requested += (double) c.sectorsRead() + c.sectorsWritten();
      dense += c.idealSectors();
      wavefronts += c.sharedWavefronts();
      ideal += c.sharedWavefrontsIdeal();
      instructions += c.warpInstructions();
    }
    return new LayerCounters(
        layer,
        choice.direction(),
        choice.tier(),
        choice.tier() == TierTuning.choose(problem(layer, choice.direction()), null).tier(),
        choice.tensors(),
        (readsAgain(choice) ? requested : once) * SECTOR_BYTES / expectedBytes(part, choice),
        requested / dense,
        ideal == 0 ? 1 : wavefronts / ideal,
        instructions * WARP / part.shape().elements());
  }

  private static boolean readsAgain(TierChoice choice) {
    return choice.cut() != null && choice.readAgain() > 0;
  }

  private static double expectedBytes(BatchNormSpec part, TierChoice choice) {
    double tensors = choice.tensors() * part.shape().elements() * (double) part.dataType().bytes();
    return tensors
        + (double) part.shape().channels()
            * ((long) arrays(choice) * part.statisticsType().bytes() + toldBytes(part, choice));
  }

  /**
   * Arrays of one value per channel that a pass reads or writes. Forward: gamma, beta, the mean and
   * invStd for the backward pass, running mean and variance there and back. Backward: mean, invStd,
   * gamma, dGamma, dBeta. Between two passes: what the second one needs.
   */
  private static int arrays(TierChoice choice) {
    boolean onePass = choice.cut() != null;
    return choice.direction() == Direction.FORWARD ? onePass ? 8 : 12 : onePass ? 5 : 9;
  }

  /**
   * What the blocks that share a channel tell each other of it through global memory: written, and
   * read by all of them. Of requests each block's count.
   */
  private static long toldBytes(BatchNormSpec part, TierChoice choice) {
    OnepassCut cut = choice.cut();
    if (cut == null) {
      Geometry g = Geometry.of(part);
      int pack = Setup.isWide(part, g) ? LaunchTuning.packSize(part.dataType()) : 1;
      int multiprocessors = DeviceModel.H200.limits().multiprocessors();
      long splits = LaunchTuning.reduction(g, multiprocessors, pack).splits();
      return splits == 1 ? 0 : 2 * splits * 2 * part.statisticsType().bytes();
    }
    if (choice.tier() != Tier.GRID) {
      return 0;
    }
    // Channels second mean, pivot and squares forward, two sums backward; channels last two always.
    int ofSecond = (choice.direction() == Direction.FORWARD ? 3 : 2) * Double.BYTES;
    int ofLast = 2 * part.statisticsType().bytes();
    long splits = cut.usual().splits();
    long readers = readsAgain(choice) ? splits : 1;
    return (1 + readers) * splits * (Geometry.of(part).channelLast() ? ofLast : ofSecond);
  }
}
