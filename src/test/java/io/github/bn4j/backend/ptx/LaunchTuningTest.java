package io.github.bn4j.backend.ptx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.TensorShape;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Launch shapes cover every element once, whatever the shape. */
final class LaunchTuningTest {
  private static final List<long[]> SHAPES =
      List.of(
          new long[] {1, 1},
          new long[] {2, 3, 5},
          new long[] {32, 64, 56, 56},
          new long[] {256, 2048, 7, 7},
          new long[] {65536, 17},
          new long[] {1, 1, 1 << 20},
          new long[] {2, 3_000_000_000L, 1},
          new long[] {2, 3_000_000_000L, 2},
          new long[] {1L << 33, 2, 3});

  private static Geometry geometry(long[] shape, Layout layout) {
    return Geometry.of(
        BatchNormSpec.builder(TensorShape.of(shape))
            .layout(layout)
            .mode(io.github.bn4j.op.Mode.INFERENCE)
            .build());
  }

  @Test
  void reduction_splits_coverEveryValueOnceAndNoneIsEmpty() {
    for (long[] shape : SHAPES) {
      for (Layout layout : Layout.values()) {
        Geometry g = geometry(shape, layout);
        for (int pack : new int[] {1, 4, 8}) {
          LaunchTuning.Reduction cut = LaunchTuning.reduction(g, 132, pack);
          assertThat(cut.splits() * cut.chunk()).isGreaterThanOrEqualTo(g.m());
          assertThat((cut.splits() - 1) * cut.chunk()).isLessThan(g.m());
          assertThat(cut.shape().gridY()).isEqualTo((int) cut.splits());
          assertThat(Integer.bitCount(cut.lanes())).isEqualTo(1);
          assertThat(g.channelLast() || cut.chunk() % 8 == 0).isTrue();
          assertThat(cut.splits() == 1 || cut.shape().gridX() == cut.groups()).isTrue();
        }
      }
    }
  }

  @Test
  void elementwise_tiles_coverEveryChannel() {
    for (long[] shape : SHAPES) {
      Geometry g = geometry(shape, Layout.CHANNEL_LAST);
      for (int pack : new int[] {1, 4, 8}) {
        LaunchTuning.Elementwise cut = LaunchTuning.elementwise(g, pack, 4);
        assertThat(!g.channelLast() || (long) cut.shape().gridX() * cut.lanes() * pack >= g.c())
            .isTrue();
      }
    }
  }

  @Test
  void geometry_ofEqualMemory_isEqual() {
    assertThat(geometry(new long[] {5, 7, 1, 1}, Layout.CHANNEL_SECOND))
        .isEqualTo(geometry(new long[] {5, 7}, Layout.CHANNEL_LAST));
    assertThat(geometry(new long[] {5, 1, 3, 4}, Layout.CHANNEL_SECOND))
        .isEqualTo(geometry(new long[] {1, 1, 60}, Layout.CHANNEL_LAST));
  }

  @Test
  void mask_channelLast_startsAByteWithEveryRow() {
    assertThat(geometry(new long[] {5, 9, 2}, Layout.CHANNEL_LAST).maskBytes()).isEqualTo(20);
    assertThat(geometry(new long[] {5, 9, 2}, Layout.CHANNEL_SECOND).maskBytes()).isEqualTo(12);
  }
}
