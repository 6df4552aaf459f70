package io.github.bn4j.backend.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.cuda.CudaDevice;
import io.github.bn4j.cuda.DeviceModel;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.TensorShape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TierTrialsTest {
  private static final CudaDevice.Limits H200 = DeviceModel.H200.limits();

  private static BatchNormSpec spec(TensorShape shape, Layout layout) {
    return BatchNormSpec.builder(shape).layout(layout).build();
  }

  private static List<String> labels(Map<Way, PtxBackend> ways) {
    return ways.keySet().stream().map(Way::label).toList();
  }

  @Test
  void largeTensor_channelSecond_triesEachCutOnce() {
    TierTrials trials =
        new TierTrials(
            spec(TensorShape.of(32, 256, 56, 56), Layout.CHANNEL_SECOND), Direction.FORWARD, H200);

    assertThat(trials.usual()).isEqualTo(Way.of("cluster"));
    // The rule's cluster has 4 blocks, so that x4 is no other way; one block holds no channel.
    assertThat(labels(trials.first()))
        .contains("cluster", "grid", "two-pass", "cluster x2", "cluster x8")
        .doesNotContain("cluster x4", "block");
    assertThat(labels(trials.beside(Way.of("cluster x8"))))
        .startsWith("cluster x8")
        .contains("cluster x8 t512", "cluster x8 g2");
  }

  @Test
  void largeTensor_channelLast_prunesWhatMovesMuchMore() {
    // Kept in full by a grid only; in halves of the device most rows are read again.
    TierTrials trials =
        new TierTrials(
            spec(TensorShape.of(32, 64, 112, 112), Layout.CHANNEL_LAST), Direction.FORWARD, H200);

    assertThat(labels(trials.first())).containsExactly("grid", "two-pass");
  }

  @Test
  void everySpec_hasFewWays() {
    for (Layout layout : Layout.values()) {
      for (TensorShape shape :
          List.of(
              TensorShape.of(32, 64, 112, 112),
              TensorShape.of(32, 512, 28, 28),
              TensorShape.of(32, 2048, 7, 7),
              TensorShape.of(8, 64, 56, 56),
              TensorShape.of(128, 512))) {
        for (Direction direction : Direction.values()) {
          TierTrials trials = new TierTrials(spec(shape, layout), direction, H200);
          Map<Way, PtxBackend> first = trials.first();

          assertThat(first).containsKey(trials.usual()).hasSizeBetween(2, 10);
          assertThat(trials.beside(trials.usual())).hasSizeLessThanOrEqualTo(5);
        }
      }
    }
  }

  @Test
  void passWithRunningStatistics_isRefused() {
    BatchNormSpec spec = BatchNormSpec.builder(TensorShape.of(2, 3)).mode(Mode.INFERENCE).build();

    assertThatThrownBy(() -> new TierTrials(spec, Direction.FORWARD, H200))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected a pass over batch statistics, got forward of");
  }
}
