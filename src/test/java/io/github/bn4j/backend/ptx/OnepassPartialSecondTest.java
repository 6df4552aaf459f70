package io.github.bn4j.backend.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import io.github.bn4j.cuda.CudaContext;
import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.emulator.EmulatedDriver;
import io.github.bn4j.emulator.KernelLaunch;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.TensorShape;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Channels second, each larger than the device: what fits is kept, the rest read again. */
@EmulatedCuda(
    computeCapability = {75, 90},
    multiprocessors = 1)
final class OnepassPartialSecondTest {
  /** Two blocks hold 30 KiB each on the older device, 112 KiB on the newer one. */
  private static final int[] ROWS = {10, 32};

  /** Channels that the device holds half of backward, in rows that no block ends with. */
  private static BatchNormSpec spec(DataType type, int device, boolean relu) {
    long rows = ROWS[device] * 4L / type.bytes();
    return BatchNormSpec.builder(TensorShape.of(rows, 2, 40, 48))
        .dataType(type)
        .activation(relu ? Activation.RELU : Activation.NONE)
        .residual(relu)
        .build();
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "F64"})
  void valuesThatDoNotFit_areReadAgainAndNoOthers(DataType type) {
    for (int ordinal = 0; ordinal < ROWS.length; ordinal++) {
      BatchNormSpec spec = spec(type, ordinal, false);
      try (Device device = new Device(spec, false, Tier.GRID, ordinal)) {
        EmulatedDriver.takeLaunches();
        device.run();
        List<KernelLaunch> launches = EmulatedDriver.takeLaunches();
        assertThat(launches)
            .extracting(KernelLaunch::kernel)
            .containsExactly(
                "bn_forward_partial_nchw_" + type.label(),
                "bn_backward_partial_nchw_" + type.label());
        assertReads(spec, Direction.FORWARD, ordinal, launches.get(0));
        assertReads(spec, Direction.BACKWARD, ordinal, launches.get(1));
      }
    }
  }

  private static double fraction(BatchNormSpec spec, Direction direction, int ordinal) {
    var limits = CudaContext.primary(ordinal).device().limits();
    TierFit fit = TierTuning.fit(Way.of(Tier.GRID), Problem.of(direction, spec, limits));
    return Objects.requireNonNull(fit.cut(), fit.reason()).residentFraction();
  }

  /** The model: (3 - f) N forward, (5 - 2 f) N backward, within 2 %. */
  private static void assertReads(
      BatchNormSpec spec, Direction direction, int ordinal, KernelLaunch launch) {
    double fraction = fraction(spec, direction, ordinal);
    assertThat(fraction).isBetween(OnChipTuning.LEAST_FRACTION, 0.97);
    double model =
        direction.onepassTraffic
            + (1 - fraction) * (direction.twoPassTraffic - direction.onepassTraffic);
    assertThat(
            OnepassPartialTest.sectorsOfTensors(launch.counters()) / OnepassLastTest.sectors(spec))
        .as(direction + " with f = " + fraction + " on device " + ordinal)
        .isCloseTo(model, withPercentage(2));
  }

  static Stream<Arguments> typesDevicesAndMasks() {
    return Stream.of(DataType.F32, DataType.F64, DataType.F16, DataType.BF16)
        .flatMap(
            type ->
                Stream.of(0, 1)
                    .flatMap(
                        ordinal ->
                            Stream.of(true, false)
                                .map(masked -> Arguments.of(type, ordinal, masked))));
  }

  @ParameterizedTest
  @MethodSource("typesDevicesAndMasks")
  void fused_givesWhatTwoPassesGive_inAnyOrderOfBlocks(DataType type, int ordinal, boolean masked) {
    BatchNormSpec spec = spec(type, ordinal, true);
    List<double[]> expected = run(spec, masked, Tier.TWO_PASS, ordinal, 0);
    List<double[]> got = run(spec, masked, Tier.GRID, ordinal, 0);
    List<double[]> shuffled = run(spec, masked, Tier.GRID, ordinal, 7);
    double unit = type == DataType.F16 ? 1e-3 : type == DataType.BF16 ? 8e-3 : 1e-5;
    for (int i = 0; i < got.size(); i++) {
      double largest = Arrays.stream(expected.get(i)).map(Math::abs).max().orElse(0);
      assertThat(got.get(i))
          .as("result " + i)
          .containsExactly(expected.get(i), Offset.offset(unit * largest));
      assertThat(Arrays.equals(shuffled.get(i), got.get(i))).as("bits of result " + i).isTrue();
    }
  }

  private static List<double[]> run(
      BatchNormSpec spec, boolean masked, Tier tier, int ordinal, long seed) {
    try (Device device = new Device(spec, masked, tier, ordinal)) {
      EmulatedDriver.shuffle(seed);
      return device.run().results();
    }
  }

  /** A deviation of 2^-3 around 2^14, where f32 has steps of 2^-10: the variance is 2^-6. */
  @Test
  void largeMeanAndTinyVariance_varianceIsThatOfTheValues() {
    BatchNormSpec spec = spec(DataType.F32, 0, false);
    try (Device device = new Device(spec, false, Tier.GRID, 0)) {
      HostTensor x = HostTensor.allocate(DataType.F32, spec.shape().elements());
      Random random = new Random(5);
      for (long i = 0; i < x.elements(); i++) {
        x.set(i, 16384 + (random.nextBoolean() ? 0.125 : -0.125));
      }
      device.memory.write(device.forward.x(), x);
      device.plan.forward(device.forward);
      double[] invStd = device.values(Objects.requireNonNull(device.forward.saved()).invStd());
      double[] mean = device.values(device.forward.saved().mean());
      for (int c = 0; c < invStd.length; c++) {
        double[] values = channel(x, spec, c);
        double expectedMean = Arrays.stream(values).average().orElseThrow();
        double variance =
            Arrays.stream(values).map(v -> (v - expectedMean) * (v - expectedMean)).sum()
                / values.length;
        assertThat(mean[c]).isCloseTo(expectedMean, Offset.offset(0x1p-10));
        assertThat(invStd[c])
            .isCloseTo(1 / Math.sqrt(variance + spec.epsilon()), withPercentage(1e-4));
      }
    }
  }

  private static double[] channel(HostTensor x, BatchNormSpec spec, int c) {
    long hw = spec.shape().elements() / spec.shape().batch() / spec.shape().channels();
    double[] values = new double[(int) (spec.shape().batch() * hw)];
    for (int i = 0; i < values.length; i++) {
      values[i] = x.get((i / hw * spec.shape().channels() + c) * hw + i % hw);
    }
    return values;
  }

  @Test
  void lessThanAQuarter_isDoneInTwoPasses() {
    BatchNormSpec spec = BatchNormSpec.builder(TensorShape.of(40, 2, 40, 48)).build();
    assertThat(PtxBackend.forced(Tier.GRID).supports(spec).isYes())
        .as("the newer device can")
        .isTrue();
    try (Device device = new Device(spec, false, null, 0)) {
      assertThat(device.plan.explain())
          .contains("tier two-pass")
          .contains("% of a channel fit into the shared memory of all blocks, less than 25 %");
    }
    try (Device device = new Device(spec(DataType.F32, 0, false), false, null, 0)) {
      assertThat(device.plan.explain()).contains("blocks for a channel").contains("stay on chip");
    }
  }
}
