package io.github.bn4j.backend.ptx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.bench.ShapeSuite;
import io.github.bn4j.cuda.CudaProbe;
import io.github.bn4j.cuda.DeviceModel;
import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.TensorShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every layer of ResNet-50 keeps to its traffic, in every tier that fits an H200: forward 2 N,
 * backward 3 N, in two passes 3 N and 5 N, and what is read again as planned. With {@code
 * -Dbn4j.suite=full} all of them at batch 8 and 32, which takes minutes; else those that are quick.
 * The tables are left in {@code target/counters.md}.
 */
@EmulatedCuda(multiprocessors = 132, memoryMiB = 2048)
final class Resnet50CountersTest {
  private static final boolean FULL = System.getProperty("bn4j.suite", "").equals("full");

  /** What the formulas allow. */
  private static final double SLACK = 1.02;

  /** Shared memory without bank conflicts, but for what blocks of a cluster tell each other. */
  private static final double BANKS = 1.01;

  /**
   * Instructions of PTX per element up to which a tier that the rule takes is not held up by them,
   * as far as small layers go: an H200 issues 30e12 a second, so 125 are 3.3 microseconds of the
   * 0.8 million values of 32x512x7x7.
   */
  private static final double MOST_ISSUED = 125;

  /** Less than everything was not counted, or not read. */
  private static final double LEAST = 0.99;

  /** Values per channel up to which every layout and tier is quick. */
  private static final long QUICK = 8 * 28 * 28;

  private static final List<LayerCounters> COUNTED = new ArrayList<>();

  static Stream<Arguments> cases() {
    return (FULL ? Stream.of(8L, 32L) : Stream.of(8L))
        .flatMap(
            batch ->
                ShapeSuite.RESNET50.problems().stream()
                    .map(problem -> problem.withBatch(batch).shape()))
        .flatMap(Resnet50CountersTest::specs)
        .flatMap(Resnet50CountersTest::passes);
  }

  private static Stream<BatchNormSpec> specs(TensorShape shape) {
    return Stream.of(Layout.values())
        .flatMap(
            layout ->
                Stream.of(DataType.F32, DataType.F16)
                    .map(
                        type ->
                            BatchNormSpec.builder(shape).layout(layout).dataType(type).build()));
  }

  private static Stream<Arguments> passes(BatchNormSpec layer) {
    return Stream.of(Direction.values())
        .flatMap(
            direction ->
                Stream.of(Tier.values())
                    .filter(tier -> FULL || isQuick(layer, tier))
                    .filter(tier -> LayerCounters.fits(layer, direction, tier))
                    .map(tier -> Arguments.of(layer, direction, tier)));
  }

  private static boolean isQuick(BatchNormSpec layer, Tier tier) {
    boolean onePassSecond = layer.layout() == Layout.CHANNEL_SECOND && tier != Tier.TWO_PASS;
    return onePassSecond || layer.shape().valuesPerChannel() <= QUICK;
  }

  @Test
  void device_hasTheLimitsOfAnH200() {
    assertThat(CudaProbe.get().device(0).limits())
        .usingRecursiveComparison()
        .ignoringFields("l2Bytes")
        .isEqualTo(DeviceModel.H200.limits());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void layer_keepsToItsTraffic(BatchNormSpec layer, Direction direction, Tier tier) {
    LayerCounters counted = LayerCounters.count(layer, direction, tier);

    COUNTED.add(counted);
    String pass = layer.describe();
    assertThat(counted.traffic()).as("traffic of %s", pass).isBetween(LEAST, SLACK);
    assertThat(counted.banks()).as("banks of %s", pass).isBetween(1.0, BANKS);
    assertThat(counted.dense()).as("requests of %s", pass).isBetween(1.0, mostRequested(counted));
    if (counted.chosen() && counted.tier() != Tier.GRID) {
      assertThat(counted.issued()).as("instructions of %s", pass).isBetween(1.0, MOST_ISSUED);
    }
  }

  /**
   * Requests of tensors are dense. Those of arrays per channel are not quite, and less so those of
   * the numbers that blocks of a grid tell each other, which counts where a channel is small and
   * the rule takes another tier; nor are rows of odd length in two passes, which begin anywhere in
   * a sector: 98 bytes of 7x7 halves are 3.06 sectors and touch 4.
   */
  private static double mostRequested(LayerCounters counted) {
    if (counted.chosen()) {
      return 1.03;
    }
    return switch (counted.tier()) {
      case BLOCK, CLUSTER -> 1.03;
      case GRID -> 1.12;
      case TWO_PASS -> 1.33;
    };
  }

  @AfterAll
  static void writeTables() throws IOException {
    Files.writeString(Path.of("target", "counters.md"), new CountersTables(COUNTED).markdown());
  }
}
