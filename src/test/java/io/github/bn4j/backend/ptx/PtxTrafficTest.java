package io.github.bn4j.backend.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.emulator.EmulatedDriver;
import io.github.bn4j.emulator.KernelLaunch;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.TensorShape;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The memory traffic that {@code explain()} promises, counted by the emulated device. */
@EmulatedCuda
final class PtxTrafficTest {
  private static final int SECTOR_BYTES = 32;

  /** Rows of 784 elements and of 32 channels: whole packs in every type. */
  private static final TensorShape SHAPE = TensorShape.of(4, 32, 28, 28);

  static Stream<Arguments> layoutsAndTypes() {
    return Stream.of(Layout.values())
        .flatMap(
            layout ->
                Stream.of(DataType.F32, DataType.F16).map(type -> Arguments.of(layout, type)));
  }

  @ParameterizedTest
  @MethodSource("layoutsAndTypes")
  void inference_readsXOnceAndWritesYOnceInFullSectors(Layout layout, DataType type) {
    KernelLaunch launch = launches(layout, type, Mode.INFERENCE).get(0);
    long n = sectors(type);
    KernelLaunch.Counters counters = launch.counters();
    assertThat(counters.uniqueSectorsRead()).isCloseTo(n, withPercentage(2));
    assertThat(counters.uniqueSectorsWritten()).isEqualTo(n);
    assertThat(counters.sectorsWritten()).isEqualTo(n);
    assertThat(counters.sectorsRead() + counters.sectorsWritten())
        .as("every request dense")
        .isEqualTo(counters.idealSectors());
  }

  @ParameterizedTest
  @MethodSource("layoutsAndTypes")
  void training_readsAndWritesWhatTheTwoPassFormulaSays(Layout layout, DataType type) {
    List<KernelLaunch> launches = launches(layout, type, Mode.TRAINING);
    assertThat(launches)
        .extracting(launch -> launch.kernel().replaceFirst("_n[ch][hw][wc]_.*", ""))
        .containsExactly(
            "bn_statistics", "bn_normalize", "bn_backward_reduce", "bn_backward_apply");
    long n = sectors(type);
    assertTraffic(launches.get(0), n, 0);
    assertTraffic(launches.get(1), n, n);
    assertTraffic(launches.get(2), 2 * n, 0);
    assertTraffic(launches.get(3), 2 * n, n);
  }

  @ParameterizedTest
  @MethodSource("layoutsAndTypes")
  void frozen_backwardIsOnePass(Layout layout, DataType type) {
    List<KernelLaunch> launches = launches(layout, type, Mode.FROZEN);
    assertThat(launches).hasSize(2);
    long n = sectors(type);
    assertTraffic(launches.get(1), 2 * n, n);
  }

  /** The activations' sectors, at most one mask, and 3 % for parameters and partial sums. */
  private static void assertTraffic(KernelLaunch launch, long read, long written) {
    long mask = SHAPE.elements() / 8 / SECTOR_BYTES;
    long few = read / 33;
    assertThat(launch.counters().uniqueSectorsRead())
        .as(launch.kernel() + " reads")
        .isBetween(read, read + mask + few);
    assertThat(launch.counters().uniqueSectorsWritten())
        .as(launch.kernel() + " writes")
        .isBetween(written, written + mask + few);
  }

  private static long sectors(DataType type) {
    return SHAPE.elements() * type.bytes() / SECTOR_BYTES;
  }

  private static List<KernelLaunch> launches(Layout layout, DataType type, Mode mode) {
    BatchNormSpec spec =
        BatchNormSpec.builder(SHAPE)
            .layout(layout)
            .dataType(type)
            .mode(mode)
            .activation(mode == Mode.INFERENCE ? Activation.NONE : Activation.RELU)
            .build();
    try (Device device = new Device(spec, mode != Mode.INFERENCE)) {
      EmulatedDriver.takeLaunches();
      device.run();
      return EmulatedDriver.takeLaunches();
    }
  }
}
