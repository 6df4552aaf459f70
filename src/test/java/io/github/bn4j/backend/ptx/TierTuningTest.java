package io.github.bn4j.backend.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.bn4j.cuda.CudaDevice;
import io.github.bn4j.cuda.DeviceModel;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.TensorShape;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tiers that are chosen for known devices, and cuts that cover every value once. */
final class TierTuningTest {
  private static final CudaDevice.Limits H200 = DeviceModel.H200.limits();
  private static final CudaDevice.Limits T4 = DeviceModel.T4.limits();

  private static final List<TensorShape> SHAPES =
      List.of(
          TensorShape.of(1, 1, 8),
          TensorShape.of(2, 3, 5),
          TensorShape.of(8, 64, 112, 112),
          TensorShape.of(32, 256, 56, 56),
          TensorShape.of(32, 512, 28, 28),
          TensorShape.of(32, 1024, 14, 14),
          TensorShape.of(32, 2048, 7, 7),
          TensorShape.of(32, 288, 35, 35),
          TensorShape.of(5, 4099, 2, 3),
          TensorShape.of(256, 64, 112, 112));

  private static BatchNormSpec spec(TensorShape shape, DataType type, boolean relu) {
    return BatchNormSpec.builder(shape)
        .dataType(type)
        .activation(relu ? Activation.RELU : Activation.NONE)
        .build();
  }

  @ParameterizedTest
  @CsvSource({
    // 98 KiB per channel, two blocks per multiprocessor, 256 channels: enough for 132.
    "8x256x56x56, f32, BLOCK, CLUSTER",
    // 64 channels leave half of the multiprocessors idle.
    "32x64x56x56, f16, CLUSTER, CLUSTER",
    "32x2048x7x7, f32, BLOCK, BLOCK",
    // Four channels share sectors: x and dy are 98 KiB, and with their sums still two blocks fit.
    "32x1024x14x14, f16, BLOCK, BLOCK",
    // 12.25 MiB per channel: 16 times 227 KiB do not hold it.
    "256x64x112x112, f32, GRID, GRID",
  })
  void h200_takesTheFirstTierThatKeepsAllMultiprocessorsAtWork(
      String shape, String type, Tier forward, Tier backward) {
    long[] sizes = List.of(shape.split("x")).stream().mapToLong(Long::parseLong).toArray();
    BatchNormSpec spec =
        spec(TensorShape.of(sizes), type.equals("f32") ? DataType.F32 : DataType.F16, true);
    assertTier(Direction.FORWARD, spec, forward);
    assertTier(Direction.BACKWARD, spec, backward);
  }

  @ParameterizedTest
  @CsvSource({
    // Whole lines in clusters of 8, rather than half lines in clusters of 4.
    "FORWARD, f32, 32x1024x14x14, CLUSTER, _x8, 128, 1.0",
    // 1.5 MiB per 64 bytes of channels: 16 blocks, and no barrier of the whole grid.
    "FORWARD, f32, 32x256x28x28, CLUSTER, _x16, 64, 1.0",
    // 400 KiB in all: 32 rows of lines each fit one block.
    "FORWARD, f32, 32x2048x2x2, BLOCK, '', 128, 1.0",
    // 12.25 MiB per 64 bytes of channels: the device holds a whole line.
    "FORWARD, f16, 256x512x28x28, GRID, '', 128, 1.0",
    // Of a whole line it does not hold x and dy.
    "BACKWARD, f16, 256x512x28x28, GRID, '', 64, 1.0",
    // A line is 49 MiB; half of it fits, which saves more than reading half lines costs.
    "FORWARD, f32, 32x64x112x112, GRID, '', 64, 1.0",
    // A line would keep 14 %, which is too little for one pass.
    "BACKWARD, f16, 256x256x56x56, GRID, '', 64, 0.27",
  })
  void h200_channelsLast_keepsWholeLinesAllMultiprocessorsBusyAndTheExchangeNear(
      Direction direction,
      String type,
      String shape,
      Tier tier,
      String suffix,
      int groupBytes,
      double resident) {
    BatchNormSpec spec = channelLast(shape, type.equals("f32") ? DataType.F32 : DataType.F16);
    TierChoice choice = TierTuning.choose(Problem.of(direction, spec, H200), null);
    assertThat(choice.tier()).as(choice.why()).isEqualTo(tier);
    OnepassCut cut = Objects.requireNonNull(choice.cut());
    assertThat(cut.suffix()).isEqualTo(suffix);
    assertThat(cut.usual().group() * spec.dataType().bytes()).isEqualTo(groupBytes);
    assertThat(cut.residentFraction()).isCloseTo(resident, within(0.01));
  }

  private static BatchNormSpec channelLast(String shape, DataType type) {
    long[] sizes = List.of(shape.split("x")).stream().mapToLong(Long::parseLong).toArray();
    return BatchNormSpec.builder(TensorShape.of(sizes))
        .layout(Layout.CHANNEL_LAST)
        .dataType(type)
        .build();
  }

  /** A line is 392 MiB, of which the device holds 7 %. */
  @Test
  void h200_channelsLast_lessThanAQuarterOnChip_takesTwoPasses() {
    BatchNormSpec spec = channelLast("256x64x112x112", DataType.F32);
    TierChoice choice = TierTuning.choose(Problem.of(Direction.FORWARD, spec, H200), null);
    assertThat(choice.tier()).isEqualTo(Tier.TWO_PASS);
    assertThat(choice.why())
        .contains("7 % of the rows fit into the shared memory of all blocks, less than 25 %");
  }

  @ParameterizedTest
  @CsvSource({"FORWARD, 0.59", "BACKWARD, 0.30"})
  void h200_channelsSecondOf49MiB_keepsWhatFits(Direction direction, double resident) {
    BatchNormSpec spec = spec(TensorShape.of(1024, 64, 112, 112), DataType.F32, false);
    TierChoice choice = TierTuning.choose(Problem.of(direction, spec, H200), null);
    assertThat(choice.tier()).isEqualTo(Tier.GRID);
    OnepassCut cut = Objects.requireNonNull(choice.cut());
    assertThat(cut.stem()).endsWith("_partial");
    assertThat(cut.residentFraction()).isCloseTo(resident, within(0.01));
    assertThat(cut.usual().splits() * cut.usual().chunk())
        .isGreaterThanOrEqualTo(spec.shape().elements() / 64);
  }

  @ParameterizedTest
  @CsvSource({"32x256x14x14", "32x512x28x28", "256x1024x14x14", "65536x256", "40000x1024"})
  void h200_grid_leavesFewMultiprocessorsWithoutWorkInAnyTurn(String shape) {
    for (Direction direction : Direction.values()) {
      BatchNormSpec spec = channelLast(shape, DataType.F16);
      TierFit fit = OnepassLast.fit(Way.of(Tier.GRID), Problem.of(direction, spec, H200));
      OnepassCut.Share share = Objects.requireNonNull(fit.cut()).usual();
      long groups = Geometry.ceilDiv(spec.shape().channels(), share.group());
      long atOnce = share.shape().gridX() / share.splits();
      double rounds = (double) Geometry.ceilDiv(groups, atOnce) * atOnce / groups;
      assertThat(rounds).as("places for groups, per group: " + fit.reason()).isLessThan(1.15);
      assertThat(share.shape().gridX()).isGreaterThan(H200.multiprocessors() * 3 / 4);
    }
  }

  /** Every block reads what all others of its group tell it: 2 accumulators per channel of each. */
  @ParameterizedTest
  @CsvSource({"256x512x28x28", "256x1024x14x14", "32x256x56x56"})
  void h200_grid_readsLessOfOtherBlocksThanAQuarterOfItsTraffic(String shape) {
    for (Direction direction : Direction.values()) {
      Problem problem = Problem.of(direction, channelLast(shape, DataType.F16), H200);
      OnepassCut.Share share =
          Objects.requireNonNull(OnepassLast.fit(Way.of(Tier.GRID), problem).cut()).usual();
      long told = share.splits() * share.group() * 2 * Float.BYTES;
      long moved = share.chunk() * share.group() * 2 * direction.onepassTraffic;
      assertThat(told).as(direction + " " + shape).isLessThan(moved / 4);
    }
  }

  @Test
  void clusters_areOfAtMost8WhereThatIsAllThatDevicesPlace() {
    CudaDevice.Limits desktop =
        new CudaDevice.Limits(120, 132, 232448, 233472, 2048, 65536, 50 << 20, true, true);
    Problem problem =
        Problem.of(Direction.FORWARD, channelLast("32x256x28x28", DataType.F32), desktop);
    assertThat(OnepassLast.fit(Way.of(Tier.CLUSTER), problem).cut()).isNull();
    assertThat(TierTuning.choose(problem, null).tier()).isEqualTo(Tier.GRID);
  }

  private static void assertTier(Direction direction, BatchNormSpec spec, Tier expected) {
    TierChoice choice = TierTuning.choose(Problem.of(direction, spec, H200), null);
    assertThat(choice.tier()).as(choice.why()).isEqualTo(expected);
  }

  @Test
  void cuts_coverEveryValueOnceAndFitTheDevice() {
    for (CudaDevice.Limits limits : List.of(H200, T4)) {
      for (TensorShape shape : SHAPES) {
        for (DataType type : List.of(DataType.F32, DataType.F16, DataType.F64)) {
          for (Direction direction : Direction.values()) {
            for (Tier tier : List.of(Tier.BLOCK, Tier.CLUSTER, Tier.GRID)) {
              Problem problem = Problem.of(direction, spec(shape, type, true), limits);
              OnepassCut cut = OnepassSecond.fit(Way.of(tier), problem).cut();
              if (cut != null) {
                assertCovers(cut.usual(), problem);
                assertCovers(cut.narrow(), problem);
              }
            }
          }
        }
      }
    }
  }

  private static void assertCovers(OnepassCut.Share share, Problem problem) {
    Geometry g = problem.geometry();
    assertThat(share.splits() * share.chunk()).isGreaterThanOrEqualTo(g.m());
    assertThat((share.splits() - 1) * share.chunk()).as("no block is empty").isLessThan(g.m());
    assertThat(share.shape().gridX() % share.splits()).isZero();
    assertThat(share.shape().sharedBytes())
        .isLessThanOrEqualTo(problem.limits().sharedBytesPerBlock());
    boolean alone = share.group() == 1;
    assertThat(alone || share.chunk() % g.hw() == 0).as("whole rows").isTrue();
    boolean splitsBytes = g.c() > share.group() && share.group() * g.hw() % 8 != 0;
    assertThat(problem.writesMask() && splitsBytes)
        .as("a byte of the mask in two blocks")
        .isFalse();
  }

  @Test
  void forced_whatDoesNotFit_isRefusedWithTheSizes() {
    BatchNormSpec large = spec(TensorShape.of(256, 64, 112, 112), DataType.F32, false);
    Problem problem = Problem.of(Direction.FORWARD, large, H200);
    assertThatThrownBy(() -> TierTuning.choose(problem, Way.of(Tier.BLOCK)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tier block, forward pass")
        .hasMessageContaining("12544.0 KiB do not fit into 226.5 KiB of shared memory");
  }

  @Test
  void forced_clusterWithoutClusters_isRefused() {
    assertThat(
            TierTuning.supports(
                    new Forcing(Way.of(Tier.CLUSTER), null),
                    spec(TensorShape.of(8, 8, 8, 8), DataType.F32, false),
                    T4)
                .reason())
        .contains("clusters need compute capability 9.0, the device has 7.5");
  }

  @Test
  void mask_whoseBytesChannelsShare_isRefused() {
    assertThat(
            TierTuning.supports(
                    new Forcing(Way.of(Tier.BLOCK), null),
                    spec(TensorShape.of(2, 3, 5, 7), DataType.F32, true),
                    H200)
                .reason())
        .contains("a byte of the mask would belong to two blocks, since c * hw = 105");
  }
}
