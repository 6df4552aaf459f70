package io.github.bn4j.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.TensorShape;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.stream.DoubleStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class CaseInputsTest {
  private static final TensorShape SHAPE = TensorShape.of(4, 5, 6, 7);

  private static CaseInputs inputs(HardInput input) {
    return CaseInputs.of(Case.of(BatchNormSpec.builder(SHAPE).build(), input));
  }

  @Test
  void of_sameCase_hasTheSameBitsOnEveryMachine() {
    ByteBuffer bytes = ByteBuffer.allocate((int) SHAPE.elements() * Float.BYTES);
    inputs(HardInput.ORDINARY).x().readBytes(0, bytes);
    CRC32 sum = new CRC32();
    sum.update(bytes.flip());
    assertThat(Long.toHexString(sum.getValue())).isEqualTo("835bcaa9");
  }

  @Test
  void of_layouts_holdTheSameValues() {
    BatchNormSpec.Builder spec = BatchNormSpec.builder(SHAPE);
    double second = CaseInputs.of(Case.of(spec.build())).x().get(5 * 42 + 2 * 42 + 3);
    spec.layout(Layout.CHANNEL_LAST);
    double last = CaseInputs.of(Case.of(spec.build())).x().get((42 + 3) * 5 + 2);
    assertThat(last).isEqualTo(second);
  }

  @Test
  void of_mean1e4_liesThere() {
    double[] x = inputs(HardInput.MEAN_1E4).x().toDoubles();
    assertThat(DoubleStream.of(x)).allMatch(value -> Math.abs(value - 1e4) < 4);
  }

  @Test
  void of_constantChannel_isConstantInEveryThird() {
    HostTensor x = inputs(HardInput.CONSTANT_CHANNEL).x();
    assertThat(x.get(42 * 3)).isEqualTo(x.get(42 * 5 + 42 * 3 + 17));
    assertThat(x.get(42)).isNotEqualTo(x.get(43));
  }

  @Test
  void of_nanAndInfinity_areOneElementEach() {
    assertThat(DoubleStream.of(inputs(HardInput.NAN_CHANNEL).x().toDoubles()))
        .filteredOn(value -> value.isNaN())
        .hasSize(1);
    assertThat(DoubleStream.of(inputs(HardInput.INFINITE_CHANNEL).x().toDoubles()))
        .filteredOn(value -> value.isInfinite())
        .hasSize(1);
  }

  @Test
  void of_wideHalf_staysFinite() {
    BatchNormSpec half = BatchNormSpec.builder(SHAPE).dataType(DataType.F16).build();
    double[] x = CaseInputs.of(Case.of(half, HardInput.WIDE)).x().toDoubles();
    assertThat(DoubleStream.of(x))
        .allMatch(value -> Double.isFinite(value))
        .anyMatch(value -> Math.abs(value) > 2e4);
  }

  @Test
  void of_gamma_hasNegativeAndZero() {
    HostTensor gamma = Objects.requireNonNull(inputs(HardInput.ORDINARY).gamma());
    assertThat(DoubleStream.of(gamma.toDoubles())).anyMatch(value -> value < 0).contains(0.0);
  }
}
