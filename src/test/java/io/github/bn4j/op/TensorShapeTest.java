package io.github.bn4j.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TensorShapeTest {
  @Test
  void of_anyRank_knowsItsProducts() {
    TensorShape shape = TensorShape.of(2, 3, 4, 5, 6);
    assertThat(shape.rank()).isEqualTo(5);
    assertThat(shape.batch()).isEqualTo(2);
    assertThat(shape.channels()).isEqualTo(3);
    assertThat(shape.spatialSize()).isEqualTo(120);
    assertThat(shape.valuesPerChannel()).isEqualTo(240);
    assertThat(shape.elements()).isEqualTo(720);
    assertThat(shape).hasToString("2x3x4x5x6");
  }

  @Test
  void of_rankTwo_hasOnePosition() {
    assertThat(TensorShape.of(7, 5).spatialSize()).isEqualTo(1);
    assertThat(TensorShape.of(7, 5).valuesPerChannel()).isEqualTo(7);
  }

  @Test
  void of_moreThan31Bits_isCounted() {
    assertThat(TensorShape.of(70_000, 3, 50_000).elements()).isEqualTo(10_500_000_000L);
  }

  @Test
  void of_emptyBatchOrPosition_isAllowed() {
    assertThat(TensorShape.of(0, 3, 4).elements()).isZero();
    assertThat(TensorShape.of(2, 3, 0).valuesPerChannel()).isZero();
  }

  @Test
  void of_mistakes_areRefusedWithTheSizes() {
    assertRefused("at least 2 sizes (batch, channels, spatial...), got [3]", 3);
    assertRefused("at least 1 channel, got [2, 0, 4]", 2, 0, 4);
    assertRefused("sizes >= 0", 2, 3, -1);
    assertRefused("fewer than 2^63 elements", 1L << 32, 1L << 31);
    assertRefused("fewer than 2^63 elements", 1, 1, 1L << 40, 1L << 40);
  }

  private static void assertRefused(String part, long... sizes) {
    assertThatThrownBy(() -> TensorShape.of(sizes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("shape: expected ")
        .hasMessageContaining(part);
  }

  @Test
  void memoryOrder_channelLast_movesTheChannelToTheEnd() {
    TensorShape shape = TensorShape.of(2, 3, 4, 5);
    assertThat(shape.memoryOrder(Layout.CHANNEL_SECOND)).containsExactly(2, 3, 4, 5);
    assertThat(shape.memoryOrder(Layout.CHANNEL_LAST)).containsExactly(2, 4, 5, 3);
    assertThat(TensorShape.of(2, 3).memoryOrder(Layout.CHANNEL_LAST)).containsExactly(2, 3);
  }

  @Test
  void ofMemoryOrder_anyLayoutAndRank_undoesMemoryOrder() {
    for (Layout layout : Layout.values()) {
      for (long[] sizes : new long[][] {{2, 3}, {2, 3, 4}, {2, 3, 4, 5}, {2, 3, 4, 5, 6}}) {
        TensorShape shape = TensorShape.of(sizes);
        assertThat(TensorShape.ofMemoryOrder(layout, shape.memoryOrder(layout))).isEqualTo(shape);
      }
    }
  }

  @Test
  void of_arrayChangedLater_doesNotChangeTheShape() {
    long[] sizes = {2, 3};
    TensorShape shape = TensorShape.of(sizes);
    sizes[0] = 9;
    shape.sizes()[1] = 9;
    assertThat(shape).isEqualTo(TensorShape.of(2, 3)).hasSameHashCodeAs(TensorShape.of(2, 3));
    assertThat(shape).isNotEqualTo(TensorShape.of(2, 3, 1));
  }
}
