package io.github.bn4j.backend.ptx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.emulator.EmulatedCuda;
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

/**
 * Kernels that convert bf16 by the device's instructions give the same bits as those of the same
 * source for devices that have none.
 */
@EmulatedCuda(
    computeCapability = {75, 80, 90},
    multiprocessors = 2)
final class ElementwiseCapabilityTest {
  private static final int DEVICES = 3;

  /** With 16 bytes per access and with one element, in both layouts. */
  private static final List<TensorShape> SHAPES =
      List.of(TensorShape.of(4, 24, 4, 6), TensorShape.of(3, 5, 7, 7));

  static Stream<Arguments> cases() {
    return Stream.of(DataType.F32, DataType.F16, DataType.BF16)
        .flatMap(
            type ->
                SHAPES.stream()
                    .flatMap(
                        shape ->
                            Stream.of(Layout.CHANNEL_SECOND, Layout.CHANNEL_LAST)
                                .flatMap(
                                    layout ->
                                        Stream.of(Mode.TRAINING, Mode.FROZEN)
                                            .map(
                                                mode -> Arguments.of(type, shape, layout, mode)))));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyDevice_givesTheSameBits(DataType type, TensorShape shape, Layout layout, Mode mode) {
    for (boolean fused : new boolean[] {true, false}) {
      BatchNormSpec spec =
          BatchNormSpec.builder(shape)
              .layout(layout)
              .dataType(type)
              .mode(mode)
              .activation(fused ? Activation.RELU : Activation.NONE)
              .residual(fused)
              .build();
      List<double[]> oldest = run(spec, 0);
      for (int ordinal = 1; ordinal < DEVICES; ordinal++) {
        List<double[]> newer = run(spec, ordinal);
        assertThat(newer).hasSameSizeAs(oldest);
        for (int i = 0; i < oldest.size(); i++) {
          assertThat(newer.get(i))
              .as("result %d of device %d", i, ordinal)
              .isEqualTo(oldest.get(i));
        }
      }
    }
  }

  private static List<double[]> run(BatchNormSpec spec, int ordinal) {
    Tier tier = spec.mode() == Mode.TRAINING ? Tier.TWO_PASS : null;
    try (Device device = new Device(spec, false, tier, ordinal)) {
      return device.run().results();
    }
  }
}
