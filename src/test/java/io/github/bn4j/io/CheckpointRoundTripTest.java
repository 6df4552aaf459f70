package io.github.bn4j.io;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.io.CheckpointConversion.Result;
import io.github.bn4j.op.Convention;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Conversions between all pairs of frameworks, and in all types. */
final class CheckpointRoundTripTest {
  private static final List<Convention> ALL =
      List.of(Convention.PYTORCH, Convention.KERAS, Convention.ONNX, Convention.FLAX);

  private static float[] floats(NamedTensors tensors, String name) {
    return Objects.requireNonNull(tensors.get(name), name).values().toFloats();
  }

  static Stream<Arguments> pairs() {
    return ALL.stream().flatMap(a -> ALL.stream().map(b -> Arguments.of(a, b)));
  }

  /** Two roundings to f32, each of at most half an ulp. */
  @ParameterizedTest
  @MethodSource("pairs")
  void thereAndBack_isTheSameWithinRounding(Convention from, Convention to) {
    Random random = new Random(5);
    CheckpointNames names = CheckpointNames.of(from);
    NamedTensors.Builder builder = NamedTensors.builder();
    for (String name : List.of(names.scale(), names.shift(), names.mean(), names.variance())) {
      float[] values = new float[33];
      for (int i = 0; i < values.length; i++) {
        values[i] = random.nextFloat();
      }
      builder.put("l." + name, HostTensor.of(values), 33);
    }
    NamedTensors source = builder.build();
    Result there =
        new CheckpointConversion(to)
            .valuesPerChannel(100352)
            .convert(Checkpoint.of(from, source, List.of()));
    Checkpoint middle = Checkpoint.of(to, there.checkpoint().toTensors(), List.of());
    NamedTensors back =
        new CheckpointConversion(from)
            .valuesPerChannel(100352)
            .convert(middle)
            .checkpoint()
            .toTensors();
    for (String name : source.tensors().keySet()) {
      float[] want = floats(source, name);
      float[] got = floats(back, name);
      for (int i = 0; i < want.length; i++) {
        float limit = name.endsWith(names.variance()) ? Math.ulp(want[i]) : 0;
        assertThat(Math.abs(got[i] - want[i])).isLessThanOrEqualTo(limit);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16", "F64"})
  void variance_keepsItsType(DataType type) {
    HostTensor variance = HostTensor.allocate(type, 1);
    variance.set(0, 4);
    NamedTensors tensors =
        NamedTensors.builder()
            .put("running_mean", HostTensor.of(0f), 1)
            .put("running_var", variance, 1)
            .build();
    Result result =
        new CheckpointConversion(Convention.ONNX)
            .valuesPerChannel(4)
            .convert(Checkpoint.of(Convention.PYTORCH, tensors, List.of()));
    StoredTensor converted =
        Objects.requireNonNull(result.checkpoint().toTensors().get("input_var"));
    assertThat(converted.values().dataType()).isEqualTo(type);
    assertThat(converted.values().get(0)).isEqualTo(3);
    assertThat(variance.get(0)).isEqualTo(4);
  }

  @Test
  void noAffine_staysNone() {
    NamedTensors tensors =
        NamedTensors.builder()
            .put("bn/moving_mean", HostTensor.of(5f), 1)
            .put("bn/moving_variance", HostTensor.of(6f), 1)
            .build();
    Result result =
        new CheckpointConversion(Convention.PYTORCH)
            .keepVariance(true)
            .convert(Checkpoint.of(Convention.KERAS, tensors, List.of()));
    assertThat(result.checkpoint().toTensors().tensors())
        .containsOnlyKeys("bn/running_mean", "bn/running_var", "bn/num_batches_tracked");
  }
}
