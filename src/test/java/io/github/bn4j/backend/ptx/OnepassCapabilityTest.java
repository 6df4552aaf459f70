package io.github.bn4j.backend.ptx;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Kernels that copy to shared memory asynchronously give the same bits as those of the same source
 * for devices that cannot: a multiprocessor differs in what it holds, not in the order of sums.
 */
@EmulatedCuda(
    computeCapability = {75, 80, 90},
    multiprocessors = 2)
final class OnepassCapabilityTest {
  private static final int DEVICES = 3;

  /**
   * One channel per block, several, and so many that columns are taken in turn; all so small that
   * the oldest device cuts them like the newer ones.
   */
  private static final List<TensorShape> SHAPES =
      List.of(
          TensorShape.of(4, 4, 20, 20), TensorShape.of(3, 24, 7, 7), TensorShape.of(1, 8, 17, 9));

  /**
   * Channels last: several steps of a thread and groups taken in turn, and one element per access.
   */
  private static final List<TensorShape> SHAPES_LAST =
      List.of(TensorShape.of(120, 136), TensorShape.of(100, 37), TensorShape.of(2, 72, 7, 7));

  static Stream<Arguments> cases() {
    return Stream.concat(channelSecond(), channelLast());
  }

  private static Stream<Arguments> channelLast() {
    return Stream.of(DataType.F32, DataType.F64, DataType.F16, DataType.BF16)
        .flatMap(
            type ->
                SHAPES_LAST.stream()
                    .flatMap(
                        shape ->
                            Stream.of(Tier.BLOCK, Tier.GRID)
                                .map(
                                    tier -> Arguments.of(type, shape, Layout.CHANNEL_LAST, tier))));
  }

  private static Stream<Arguments> channelSecond() {
    return Stream.of(DataType.F32, DataType.F64, DataType.F16, DataType.BF16)
        .flatMap(
            type ->
                SHAPES.stream()
                    .flatMap(
                        shape ->
                            Stream.of(Tier.BLOCK, Tier.GRID)
                                .filter(tier -> tier == Tier.BLOCK || shape.batch() > 1)
                                .map(
                                    tier ->
                                        Arguments.of(type, shape, Layout.CHANNEL_SECOND, tier))));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyDevice_givesTheSameBits(DataType type, TensorShape shape, Layout layout, Tier tier) {
    for (boolean masked : new boolean[] {true, false}) {
      BatchNormSpec spec =
          BatchNormSpec.builder(shape)
              .layout(layout)
              .dataType(type)
              .activation(Activation.RELU)
              .residual(true)
              .build();
      Run oldest = run(spec, masked, tier, 0);
      for (int ordinal = 1; ordinal < DEVICES; ordinal++) {
        Run newer = run(spec, masked, tier, ordinal);
        assertThat(newer.launches).as("cuts on device %d", ordinal).isEqualTo(oldest.launches);
        for (int i = 0; i < oldest.results.size(); i++) {
          assertThat(Arrays.equals(newer.results.get(i), oldest.results.get(i)))
              .as("result %d of device %d, with mask: %b", i, ordinal, masked)
              .isTrue();
        }
      }
    }
  }

  /** What one device computed, by launches of these blocks and grids. */
  private record Run(List<String> launches, List<double[]> results) {}

  private static Run run(BatchNormSpec spec, boolean masked, Tier tier, int ordinal) {
    try (Device device = new Device(spec, masked, tier, ordinal)) {
      EmulatedDriver.takeLaunches();
      List<double[]> results = device.run().results();
      List<KernelLaunch> launches = EmulatedDriver.takeLaunches();
      assertThat(launches)
          .extracting(KernelLaunch::kernel)
          .allMatch(kernel -> kernel.contains("_onepass_") || kernel.contains("_tile_"));
      return new Run(
          launches.stream().map(launch -> launch.grid() + " of " + launch.block()).toList(),
          results);
    }
  }
}
