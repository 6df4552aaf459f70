package io.github.bn4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bn4j.bench.BenchmarkCase.Goal;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.TensorShape;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SummaryTest {
  private static BenchmarkRow row(int batch, int weight, String name, double us) {
    BatchNormSpec spec = BatchNormSpec.builder(TensorShape.of(batch, 1, 125)).build();
    return new BenchmarkRow(
        new BenchmarkCase(BenchmarkOp.FORWARD_INFERENCE, spec, Goal.TIME, weight),
        new BenchmarkRow.By(name, !name.equals("ptx"), Clock.DEVICE_EVENTS),
        new BenchmarkRow.Times(us, 1, 2000),
        true);
  }

  @Test
  void means_areGeometricAndWeighted() {
    // Floors of 1000 and 2000 bytes; bandwidths of 1 and 0.25 GB/s.
    List<BenchmarkRow> rows = List.of(row(1, 3, "ptx", 1), row(2, 1, "ptx", 8));

    Summary.Line line = new Summary(rows).lines().get(0);

    assertThat(line.by())
        .isEqualTo(new Summary.By("ptx", false, "forward-inference", "nchw", "f32", true));
    assertThat(line.layers()).isEqualTo(4);
    assertThat(line.totalUs()).isEqualTo(11);
    assertThat(line.gbps()).isCloseTo(Math.pow(0.25, 0.25), within(1e-12));
    assertThat(line.percentOfCopy()).isCloseTo(50 * Math.pow(0.25, 0.25), within(1e-12));
    assertThat(line.timesBestPeer()).isNull();
  }

  @Test
  void ratio_isToTheBestPeerOfTheSameCase() {
    BenchmarkRow first = row(1, 3, "ptx", 2);
    BenchmarkRow second = row(2, 1, "ptx", 2);
    List<BenchmarkRow> rows =
        List.of(first, row(1, 3, "cudnn", 5), row(1, 3, "torch", 4), second, row(2, 1, "torch", 1));

    Summary summary = new Summary(rows);

    assertThat(summary.timesBestPeer(first)).hasValue(2);
    assertThat(summary.timesBestPeer(second)).hasValue(0.5);
    assertThat(summary.timesBestPeer(rows.get(1))).isEmpty();
    assertThat(summary.lines().get(0).timesBestPeer())
        .isCloseTo(Math.pow(2 * 2 * 2 * 0.5, 0.25), within(1e-12));
    assertThat(summary.lines()).hasSize(3);
  }
}
