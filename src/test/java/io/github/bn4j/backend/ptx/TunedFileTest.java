package io.github.bn4j.backend.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.TensorShape;
import org.junit.jupiter.api.Test;

final class TunedFileTest {
  @Test
  void text_isReadAsItWasWritten() {
    TunedFile file = new TunedFile();
    file.put(
        "GPU | driver 1",
        "forward 2x3 nchw f32",
        new TunedFile.Entry(Way.of("cluster x4 t256"), "1.5 us"));
    file.put("GPU | driver 1", "backward 2x3 nchw f32", new TunedFile.Entry(Way.of(Tier.GRID), ""));
    file.put("Other", "forward 2x3 nchw f32", new TunedFile.Entry(Way.of(Tier.TWO_PASS), ""));

    TunedFile read = TunedFile.parse(file.text());

    assertThat(file.text())
        .startsWith("bn4j tuned tiers 2\n")
        .contains("\n[GPU | driver 1]\n", "forward 2x3 nchw f32 = cluster x4 t256  # 1.5 us\n");
    assertThat(read.text()).isEqualTo(file.text());
    assertThat(read.way("GPU | driver 1", "forward 2x3 nchw f32"))
        .isEqualTo(new Way(Tier.CLUSTER, 4, 256, 0));
    assertThat(read.way("GPU | driver 1", "backward 2x3 nchw f32")).isEqualTo(Way.of(Tier.GRID));
    assertThat(read.way("GPU | driver 2", "backward 2x3 nchw f32")).isNull();
    assertThat(read.way("Other", "backward 2x3 nchw f32")).isNull();
  }

  @Test
  void versionOne_isReadAsTiersCutByRule() {
    TunedFile old = TunedFile.parse("bn4j tuned tiers 1\n[GPU]\nforward 2x3 nchw f32 = grid # old");

    assertThat(old.way("GPU", "forward 2x3 nchw f32")).isEqualTo(Way.of(Tier.GRID));
    assertThat(old.text()).startsWith("bn4j tuned tiers 2\n").contains("= grid  # old\n");
  }

  @Test
  void pass_hasAllThatMatters() {
    BatchNormSpec spec =
        BatchNormSpec.builder(TensorShape.of(2, 3, 4, 5))
            .layout(Layout.CHANNEL_LAST)
            .dataType(DataType.BF16)
            .residual(true)
            .activation(Activation.RELU)
            .build();

    assertThat(TunedFile.pass(Direction.BACKWARD, spec))
        .isEqualTo("backward 2x3x4x5 nhwc bf16 residual relu");
  }

  @Test
  void anythingElse_isRefusedWithItsLine() {
    assertThatThrownBy(() -> TunedFile.parse(""))
        .hasMessage("line 1: expected bn4j tuned tiers 2, got \"\"");
    assertThatThrownBy(() -> TunedFile.parse("{}")).hasMessageContaining("line 1: ");
    assertThatThrownBy(() -> TunedFile.parse("bn4j tuned tiers 1\nforward = block"))
        .hasMessageContaining("line 2: expected a [section]");
    assertThatThrownBy(() -> TunedFile.parse("bn4j tuned tiers 1\n[GPU]\nforward 2x3 = best"))
        .hasMessageContaining("tier: expected one of")
        .hasMessageContaining("got \"best\"");
    assertThatThrownBy(() -> TunedFile.parse("bn4j tuned tiers 2\n[GPU]\na = cluster 4"))
        .hasMessageContaining("xBLOCKS tTHREADS gCHANNELS")
        .hasMessageContaining("got \"cluster 4\"");
  }
}
