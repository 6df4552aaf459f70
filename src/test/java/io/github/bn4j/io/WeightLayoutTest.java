package io.github.bn4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.bn4j.op.Convention;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** That the right channel is found is seen in {@link BatchNormFoldingTest}. */
final class WeightLayoutTest {
  @ParameterizedTest
  @CsvSource({
    "PYTORCH, false, OUTPUT_FIRST", "PYTORCH, true, INPUT_FIRST",
    "ONNX, false, OUTPUT_FIRST", "ONNX, true, INPUT_FIRST",
    "KERAS, false, OUTPUT_LAST", "KERAS, true, OUTPUT_BEFORE_INPUT",
    "FLAX, false, OUTPUT_LAST", "FLAX, true, OUTPUT_LAST"
  })
  void layout_isTheFrameworks(Convention convention, boolean transposed, WeightLayout layout) {
    assertThat(WeightLayout.of(convention, transposed)).isEqualTo(layout);
  }

  @ParameterizedTest
  @CsvSource({
    "OUTPUT_FIRST, 3 4 1, '[O, I/groups, K...]'",
    "OUTPUT_FIRST, 4, '[O, I/groups, K...]'",
    "INPUT_FIRST, 3 4, '[I, O/groups, K...]'",
    "INPUT_FIRST, 4 3 1, '[I, O/groups, K...]'",
    "INPUT_FIRST, 3 2 1, '[I, O/groups, K...]'",
    "INPUT_FIRST, 4 8 1, '[I, O/groups, K...]'",
    "OUTPUT_LAST, 4 4 3, '[K..., I/groups, O]'",
    "OUTPUT_BEFORE_INPUT, 4 3 4, '[K..., O, I]'",
    "OUTPUT_BEFORE_INPUT, 4 0 4, '[K..., O, I]'"
  })
  void weightsOfOtherSizes_areRefused(WeightLayout layout, String sizes, String expected) {
    long[] shape = Stream.of(sizes.split(" ")).mapToLong(Long::parseLong).toArray();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> layout.channels(shape, 4))
        .withMessageStartingWith(
            "weight: expected sizes " + expected + " with 4 output channels, got [");
  }
}
