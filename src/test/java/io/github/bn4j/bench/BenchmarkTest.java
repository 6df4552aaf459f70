package io.github.bn4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.cpu.CpuBackend;
import io.github.bn4j.backend.reference.ReferenceBackend;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.TensorShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BenchmarkTest {
  private static final BenchmarkOptions SHORT = new BenchmarkOptions(2, 3, 0, 0, false, 0);

  private static BenchmarkCase someCase(BenchmarkOp op) {
    return new BenchmarkCase(op, BatchNormSpec.builder(TensorShape.of(4, 3, 5, 5)).build());
  }

  @Test
  void run_allOps_oneRowPerBackendAndOp() {
    List<BenchmarkCase> cases =
        Arrays.stream(BenchmarkOp.values()).map(BenchmarkTest::someCase).toList();
    List<String> started = new ArrayList<>();
    BenchmarkListener listener =
        new BenchmarkListener() {
          @Override
          public void started(int done, int total, String what) {
            started.add(done + "/" + total + " " + what);
          }
        };
    List<Backend> backends = List.of(new CpuBackend(), new ReferenceBackend());
    List<BenchmarkRow> rows = new Benchmark(SHORT).run(backends, cases, listener);
    assertThat(rows).hasSize(8).allSatisfy(row -> assertThat(row.medianUs()).isPositive());
    assertThat(rows).allSatisfy(row -> assertThat(row.copyGbps()).isPositive());
    assertThat(rows.get(0).each().spec().shape().toString()).isEqualTo("4x3x5x5");
    assertThat(started).hasSize(5).contains("1/4 forward-inference 4x3x5x5 nchw f32", "4/4 done");
  }

  @Test
  void measure_cold_says() {
    BenchmarkRow row =
        new Benchmark(SHORT.withCold(true))
            .measure(new CpuBackend(), someCase(BenchmarkOp.BACKWARD));
    assertThat(row.cold()).isTrue();
    assertThat(row.each().floorBytes()).isEqualTo(3 * 4 * 300);
  }

  @Test
  void floorBytes_residualAndType_counted() {
    BatchNormSpec spec =
        BatchNormSpec.builder(TensorShape.of(2, 3, 4))
            .dataType(DataType.F16)
            .layout(Layout.CHANNEL_LAST)
            .residual(true)
            .build();
    assertThat(BenchmarkOp.FORWARD_TRAINING.floorBytes(spec)).isEqualTo(3 * 2 * 24);
    assertThat(BenchmarkOp.BACKWARD_FROZEN.floorBytes(spec)).isEqualTo(4 * 2 * 24);
  }

  @Test
  void gbps_knownTimes_exact() {
    BatchNormSpec spec =
        BatchNormSpec.builder(TensorShape.of(5, 5, 20)).dataType(DataType.F32).build();
    BenchmarkRow row =
        new BenchmarkRow(
            new BenchmarkCase(BenchmarkOp.BACKWARD, spec),
            new BenchmarkRow.By("cpu", false, Clock.HOST),
            new BenchmarkRow.Times(2, 4, 8000),
            false);
    assertThat(row.gbps()).isEqualTo(3);
    assertThat(row.copyGbps()).isEqualTo(2);
    assertThat(row.percentOfCopy()).isEqualTo(150);
  }

  @Test
  void median_evenAndOdd_middle() {
    assertThat(Turns.median(new double[] {9, 1, 5})).isEqualTo(5);
    assertThat(Turns.median(new double[] {9, 1, 5, 6})).isEqualTo(5.5);
  }

  @Test
  void parse_listAndLines_shapes() {
    assertThat(ShapeList.parse("32x64x56x56,128x512"))
        .containsExactly(TensorShape.of(32, 64, 56, 56), TensorShape.of(128, 512));
    assertThat(ShapeList.parse("# ours\n1x2 3x4x5\n")).hasSize(2);
  }

  @Test
  void parse_noShape_saysWhichWord() {
    assertThatThrownBy(() -> ShapeList.parse("3x4,a4"))
        .hasMessage("shapes: expected sizes joined by x, like 32x64x56x56, got a4");
    assertThatThrownBy(() -> ShapeList.parse(" , ")).hasMessageContaining("got none");
    assertThatThrownBy(() -> BenchmarkOp.of("sideways"))
        .hasMessageContaining("forward-training, forward-inference, backward");
  }

  @Test
  void of_alias_isBackwardFrozen() {
    assertThat(BenchmarkOp.of("backward-inference")).isEqualTo(BenchmarkOp.BACKWARD_FROZEN);
  }
}
