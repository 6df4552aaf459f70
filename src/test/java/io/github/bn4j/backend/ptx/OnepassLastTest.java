package io.github.bn4j.backend.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import io.github.bn4j.cuda.CudaContext;
import io.github.bn4j.cuda.CudaGraph;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.emulator.EmulatedDriver;
import io.github.bn4j.emulator.KernelLaunch;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.TensorShape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** One pass over tensors whose channels come last: what it reads, and that it is repeatable. */
@EmulatedCuda(multiprocessors = 8)
final class OnepassLastTest {
  private static final int SECTOR_BYTES = 32;

  /**
   * Channels and spatial size of the batch norms of ResNet-50; the batch that a test is quick with.
   */
  private static final int[][] RESNET50 = {
    {1, 64, 112},
    {1, 64, 56},
    {1, 256, 56},
    {2, 128, 28},
    {1, 512, 28},
    {4, 256, 14},
    {2, 1024, 14},
    {8, 512, 7},
    {8, 2048, 7},
  };

  static Stream<Arguments> resnet50() {
    return Arrays.stream(RESNET50)
        .flatMap(
            s ->
                Stream.of(DataType.F32, s[1] == 64 ? DataType.BF16 : DataType.F16)
                    .map(type -> Arguments.of(TensorShape.of(s[0], s[1], s[2], s[2]), type)));
  }

  /** Shapes that each one-pass tier can do, of whole sectors per row. */
  static Stream<Arguments> everyTier() {
    List<TensorShape> shapes =
        List.of(TensorShape.of(9, 80, 9, 9), TensorShape.of(1200, 48), TensorShape.of(7, 128, 90));
    return Stream.of(Tier.BLOCK, Tier.CLUSTER, Tier.GRID)
        .flatMap(
            tier ->
                Stream.of(DataType.F32, DataType.F16, DataType.BF16)
                    .flatMap(type -> shapes.stream().map(s -> Arguments.of(tier, s, type))));
  }

  private static BatchNormSpec spec(TensorShape shape, DataType type, boolean fused) {
    return BatchNormSpec.builder(shape)
        .layout(Layout.CHANNEL_LAST)
        .dataType(type)
        .residual(fused)
        .activation(fused ? Activation.RELU : Activation.NONE)
        .build();
  }

  private static List<KernelLaunch> launches(Device device) {
    EmulatedDriver.takeLaunches();
    device.run();
    return EmulatedDriver.takeLaunches();
  }

  @ParameterizedTest
  @MethodSource("resnet50")
  void resnet50_tierOfItsChoice_readsAndWritesEverythingOnce(TensorShape shape, DataType type) {
    BatchNormSpec spec = spec(shape, type, false);
    try (Device device = new Device(spec, false, null)) {
      List<KernelLaunch> launches = launches(device);
      assertThat(launches).extracting(KernelLaunch::kernel).allMatch(k -> k.contains("_tile_"));
      long n = sectors(spec);
      assertTraffic(launches.get(0).counters(), n, n, parameters(spec));
      assertTraffic(launches.get(1).counters(), 2 * n, n, parameters(spec));
    }
  }

  @ParameterizedTest
  @MethodSource("everyTier")
  void everyTier_fused_readsOnceDenselyAndWithoutBankConflicts(
      Tier tier, TensorShape shape, DataType type) {
    BatchNormSpec spec = spec(shape, type, true);
    try (Device device = new Device(spec, false, tier)) {
      List<KernelLaunch> launches = launches(device);
      assertThat(launches).hasSize(2);
      long n = sectors(spec);
      assertTraffic(launches.get(0).counters(), 2 * n, n, parameters(spec));
      // Without a mask the residual is read to find what the activation let pass.
      assertTraffic(launches.get(1).counters(), 3 * n, 2 * n, parameters(spec));
    }
  }

  /** 64 bytes of channels times 7000 rows of x and dy: more than 8 blocks of a cluster hold. */
  @Test
  void clusterOf16_readsAndWritesEverythingOnce() {
    BatchNormSpec spec = spec(TensorShape.of(7000, 16), DataType.F32, false);
    try (Device device = new Device(spec, false, Tier.CLUSTER)) {
      KernelLaunch backward = launches(device).get(1);
      assertThat(backward.kernel()).endsWith("_x16");
      long n = sectors(spec);
      assertTraffic(backward.counters(), 2 * n, n, parameters(spec));
    }
  }

  /** Reads and writes in sectors, within 2 % and what belongs to channels. */
  static void assertTraffic(
      KernelLaunch.Counters counters, long read, long written, long parameters) {
    assertThat(counters.uniqueSectorsRead() - read)
        .as("sectors read beyond " + read)
        .isBetween(0L, read / 50 + parameters);
    assertThat(counters.uniqueSectorsWritten() - written)
        .as("sectors written beyond " + written)
        .isBetween(0L, written / 50 + parameters);
    assertThat(counters.sectorsRead() + counters.sectorsWritten())
        .as("requests are dense, but for what belongs to channels")
        .isCloseTo(counters.idealSectors(), withPercentage(3));
    assertThat((double) counters.sharedWavefronts())
        .as("bank conflicts, but for what is done once per channel")
        .isCloseTo((double) counters.sharedWavefrontsIdeal(), withPercentage(1));
  }

  static long sectors(BatchNormSpec spec) {
    return spec.shape().elements() * spec.dataType().bytes() / SECTOR_BYTES;
  }

  /** Five arrays of 4 bytes per channel, and 2 words of each of at most 16 blocks. */
  static long parameters(BatchNormSpec spec) {
    return (5 + 2 * 16) * spec.shape().channels() * 4 / SECTOR_BYTES + 8;
  }

  @ParameterizedTest
  @EnumSource(names = {"BLOCK", "CLUSTER", "GRID"})
  void anyOrderOfBlocks_givesTheSameBits(Tier tier) {
    BatchNormSpec spec = spec(TensorShape.of(9, 72, 6, 5), DataType.F32, true);
    List<double[]> inOrder = run(spec, tier, 0);
    for (long seed = 1; seed <= 3; seed++) {
      assertSameBits(run(spec, tier, seed), inOrder);
    }
  }

  private static List<double[]> run(BatchNormSpec spec, Tier tier, long seed) {
    try (Device device = new Device(spec, true, tier)) {
      EmulatedDriver.shuffle(seed);
      return device.run().results();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BLOCK", "CLUSTER", "GRID"})
  void capturedStep_replayed_doesWhatTheCallsDo(Tier tier) {
    BatchNormSpec spec = spec(TensorShape.of(5, 40, 11), DataType.F32, true);
    List<double[]> called;
    try (Device device = new Device(spec, true, tier)) {
      called = device.run().run().run().results();
    }
    CudaStream stream = CudaContext.primary(0).ownStream();
    try (Device device = new Device(spec, true, tier);
        CudaGraph graph = CudaGraph.capture(stream, () -> queue(device))) {
      graph.launch(stream);
      graph.launch(stream);
      graph.launch(stream);
      device.memory.synchronize();
      assertSameBits(device.results(), called);
    }
  }

  private static void queue(Device device) {
    device.plan.forward(device.forward);
    device.plan.backward(device.backward);
  }

  static void assertSameBits(List<double[]> got, List<double[]> expected) {
    assertThat(got).hasSameSizeAs(expected);
    for (int i = 0; i < got.size(); i++) {
      assertThat(Arrays.equals(got.get(i), expected.get(i))).as("result " + i).isTrue();
    }
  }

  @Test
  void staticSharedMemory_isWhatTheTuningSetsAside() {
    PtxModules modules = PtxModules.of(CudaContext.primary(0));
    for (Direction direction : Direction.values()) {
      for (DataType type : new DataType[] {DataType.F32, DataType.F64, DataType.F16}) {
        String stem = "bn_" + direction.label() + "_tile";
        String entry = "_nhwc_" + type.label();
        assertThat(modules.function(stem, entry).staticSharedBytes())
            .isBetween(OnepassLast.STATIC_BYTES / 2, OnepassLast.STATIC_BYTES);
        if (type != DataType.F64) {
          assertThat(modules.function(stem + "_cluster", entry + "_x8").staticSharedBytes())
              .isBetween(OnepassLast.STATIC_BYTES / 2, OnepassLast.STATIC_BYTES);
        }
      }
    }
  }
}
