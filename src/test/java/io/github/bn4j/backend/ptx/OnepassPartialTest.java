package io.github.bn4j.backend.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import io.github.bn4j.cuda.CudaContext;
import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.emulator.EmulatedDriver;
import io.github.bn4j.emulator.KernelLaunch;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.TensorShape;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Channels last and more rows than the device holds: what fits is kept, the rest read again. */
@EmulatedCuda(multiprocessors = 2)
final class OnepassPartialTest {
  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "F64"})
  void rowsThatDoNotFit_areReadAgainAndNoOthers(DataType type) {
    // 64 bytes of channels, which is the smallest tile, times 10000 rows: 625 KiB.
    BatchNormSpec spec =
        BatchNormSpec.builder(TensorShape.of(10_000, 64 / type.bytes()))
            .layout(Layout.CHANNEL_LAST)
            .dataType(type)
            .build();
    try (Device device = new Device(spec, false, Tier.GRID)) {
      EmulatedDriver.takeLaunches();
      device.run();
      List<KernelLaunch> launches = EmulatedDriver.takeLaunches();
      assertReads(spec, Direction.FORWARD, launches.get(0));
      assertReads(spec, Direction.BACKWARD, launches.get(1));
    }
  }

  /** The model: (3 - f) N forward, (5 - 2 f) N backward, within 2 %. */
  private static void assertReads(BatchNormSpec spec, Direction direction, KernelLaunch launch) {
    var limits = CudaContext.primary(0).device().limits();
    TierFit fit = OnepassLast.fit(Way.of(Tier.GRID), Problem.of(direction, spec, limits));
    double fraction = Objects.requireNonNull(fit.cut(), fit.reason()).residentFraction();
    assertThat(fraction).isBetween(0.3, 0.7 * 2 / direction.resident);
    double n = OnepassLastTest.sectors(spec);
    double traffic = sectorsOfTensors(launch.counters());
    double model =
        direction.onepassTraffic
            + (1 - fraction) * (direction.twoPassTraffic - direction.onepassTraffic);
    assertThat(traffic / n)
        .as(direction + " with f = " + fraction)
        .isCloseTo(model, withPercentage(2));
  }

  static double sectorsOfTensors(KernelLaunch.Counters counters) {
    return (double) counters.sectorsRead() + counters.sectorsWritten();
  }
}
