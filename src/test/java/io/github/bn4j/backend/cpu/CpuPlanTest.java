package io.github.bn4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.backend.reference.ReferenceBackend;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.TensorShape;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class CpuPlanTest {
  /** Odd positions, one channel, many channels, runs, columns, folded rows, several slices. */
  static final List<TensorShape> SHAPES =
      List.of(
          TensorShape.of(5, 3),
          TensorShape.of(128, 40),
          TensorShape.of(2, 1, 7),
          TensorShape.of(9, 1, 33, 31),
          TensorShape.of(32, 70, 7, 7),
          TensorShape.of(3, 5, 17, 17),
          TensorShape.of(4, 2, 61, 83),
          TensorShape.of(2, 3, 4, 5, 6),
          TensorShape.of(16, 24, 9, 9),
          TensorShape.of(64, 2, 23, 25),
          TensorShape.of(3, 2, 5, 9000));

  static Stream<BatchNormSpec> specs() {
    return SHAPES.stream().flatMap(CpuPlanTest::specsOf);
  }

  /** All types in TRAINING, all modes in f32. */
  private static Stream<BatchNormSpec> specsOf(TensorShape shape) {
    return Stream.of(Layout.values())
        .map(layout -> BatchNormSpec.builder(shape).layout(layout).build())
        .flatMap(
            spec ->
                Stream.of(
                    spec,
                    spec.toBuilder().dataType(DataType.F64).build(),
                    spec.toBuilder().dataType(DataType.BF16).build(),
                    spec.toBuilder().dataType(DataType.F16).build(),
                    spec.toBuilder().mode(Mode.INFERENCE).build(),
                    spec.toBuilder().mode(Mode.FROZEN).build()));
  }

  static double bound(DataType type) {
    return switch (type) {
      case F64 -> 1e-12;
      case F32 -> 2e-5;
      // Half a unit in the last place of the result.
      case F16 -> 1.0 / 1024;
      default -> 1.0 / 128;
    };
  }

  @ParameterizedTest
  @MethodSource("specs")
  void plainLoops_anySpec_agreeWithReference(BatchNormSpec spec) {
    Map<String, HostTensor> expected = new CpuCase(spec).run(new ReferenceBackend(), 1);
    Map<String, HostTensor> got = new CpuCase(spec).run(CpuBackend.plain(), 2);
    assertThat(CpuCase.difference(expected, got, bound(spec.dataType()))).isNull();
  }

  @ParameterizedTest
  @MethodSource("specs")
  void chosenLoops_anySpec_agreeWithReference(BatchNormSpec spec) {
    Map<String, HostTensor> expected = new CpuCase(spec).run(new ReferenceBackend(), 1);
    Map<String, HostTensor> got = new CpuCase(spec).run(new CpuBackend(), 2);
    assertThat(CpuCase.difference(expected, got, bound(spec.dataType()))).isNull();
  }

  static Stream<BatchNormSpec> threadSpecs() {
    return specs()
        .filter(s -> s.dataType() == DataType.F32 && s.mode() == Mode.TRAINING)
        .map(s -> s.toBuilder().activation(Activation.RELU).residual(true).build());
  }

  @ParameterizedTest
  @MethodSource("threadSpecs")
  void run_anyThreads_sameBits(BatchNormSpec spec) {
    Map<String, HostTensor> one = new CpuCase(spec).run(new CpuBackend(), 1);
    for (int threads : new int[] {2, 3, 7}) {
      Map<String, HostTensor> more = new CpuCase(spec).run(new CpuBackend(), threads);
      assertThat(CpuCase.difference(one, more, 0)).isNull();
    }
  }

  @ParameterizedTest
  @MethodSource("threadSpecs")
  void run_buffers_sameBitsAsArrays(BatchNormSpec spec) {
    for (DataType type : List.of(DataType.F32, DataType.BF16, DataType.F64)) {
      BatchNormSpec typed = spec.toBuilder().dataType(type).build();
      Map<String, HostTensor> arrays =
          new CpuCase(typed, HostTensor::allocate, true).run(new CpuBackend(), 2);
      Map<String, HostTensor> buffers =
          new CpuCase(typed, CpuCase.buffers(1000), true).run(new CpuBackend(), 2);
      assertThat(CpuCase.difference(arrays, buffers, 0)).isNull();
    }
  }

  static Stream<BatchNormSpec> bf16Specs() {
    return specs()
        .filter(s -> s.dataType() == DataType.BF16)
        .flatMap(s -> Stream.of(Mode.values()).map(mode -> s.toBuilder().mode(mode).build()));
  }

  /** Arrays are converted on the way, buffers in tiles of floats. */
  @ParameterizedTest
  @MethodSource("bf16Specs")
  void bf16_arraysOrBuffers_sameBits(BatchNormSpec spec) {
    Map<String, HostTensor> arrays = new CpuCase(spec).run(new CpuBackend(), 1);
    Map<String, HostTensor> buffers =
        new CpuCase(spec, CpuCase.buffers(1000), false).run(new CpuBackend(), 1);
    assertThat(CpuCase.difference(arrays, buffers, 0)).isNull();
  }

  @ParameterizedTest
  @MethodSource("threadSpecs")
  void backward_maskOrRecomputed_sameBits(BatchNormSpec spec) {
    Map<String, HostTensor> masked =
        new CpuCase(spec, HostTensor::allocate, true).run(new CpuBackend(), 2);
    Map<String, HostTensor> recomputed = new CpuCase(spec).run(new CpuBackend(), 2);
    assertThat(CpuCase.difference(recomputed, masked, 2e-5)).isNull();
  }
}
