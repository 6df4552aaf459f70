package io.github.bn4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.ForkedJvm;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Calls of one kind come to allocate nothing in a JVM that does nothing else. What the compiler
 * makes of a loop depends on what it is inlined into, and so on what ran before: in one JVM, passes
 * that ran earlier hide that a later one keeps its vectors in objects, at twenty times its time.
 */
final class SteadyStateTest {
  /** With the usual collector, whose barriers take their share of what a method may contain. */
  private static final ForkedJvm JVM =
      ForkedJvm.with(
          "-XX:TieredStopAtLevel=4", "-XX:+UseG1GC", "--add-modules=jdk.incubator.vector");

  @ParameterizedTest
  @CsvSource({
    "forward-inference, CHANNEL_SECOND, F32, fused",
    "forward-inference, CHANNEL_SECOND, F16, fused",
    "forward-inference, CHANNEL_SECOND, F16, plain",
    "forward-training, CHANNEL_SECOND, BF16, fused",
    "forward-training, CHANNEL_LAST, F32, fused",
    "forward-training, CHANNEL_LAST, F16, fused",
    "forward-training, CHANNEL_LAST, F16, plain",
    "forward-inference, CHANNEL_LAST, BF16, fused",
    "backward, CHANNEL_SECOND, F32, fused",
    "backward, CHANNEL_SECOND, F16, fused",
    "backward, CHANNEL_SECOND, F16, plain",
    "backward, CHANNEL_SECOND, BF16, plain",
    "backward, CHANNEL_LAST, F32, fused",
    "backward, CHANNEL_LAST, F16, plain",
    "backward, CHANNEL_LAST, BF16, plain",
    "backward, CHANNEL_LAST, BF16, fused",
  })
  void onePassAlone_comesToAllocateNothing(String op, String layout, String type, String parts)
      throws Exception {
    List<String> output = JVM.run(SteadyCalls.class.getName(), op, layout, type, parts);
    assertThat(output).last().isEqualTo("steady");
  }
}
