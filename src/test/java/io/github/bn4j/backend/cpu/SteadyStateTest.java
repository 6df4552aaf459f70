package io.github.bn4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bn4j.ForkedJvm;
import java.util.List;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Calls of one kind come to allocate nothing, in a JVM that does nothing else and in one that does
 * all of them: what the compiler makes of a loop depends on what it is inlined into, and on what
 * ran before. Where it leaves vectors in objects, a call takes up to thirty times its time.
 */
final class SteadyStateTest {
  /** With the usual collector, whose barriers take their share of what a method may contain. */
  private static final ForkedJvm JVM =
      ForkedJvm.with(
          "-XX:TieredStopAtLevel=4", "-XX:+UseG1GC", "--add-modules=jdk.incubator.vector");

  /** Rounds until large methods that the loops could be inlined into have been compiled, too. */
  private static final String MANY = "50";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "forward-inference,CHANNEL_SECOND,F32,fused",
        "forward-inference,CHANNEL_SECOND,F16,fused",
        "forward-inference,CHANNEL_SECOND,F16,plain",
        "forward-training,CHANNEL_SECOND,BF16,fused",
        "forward-training,CHANNEL_LAST,F32,fused",
        "forward-training,CHANNEL_LAST,F16,fused",
        "forward-training,CHANNEL_LAST,F16,plain",
        "forward-inference,CHANNEL_LAST,BF16,fused",
        "backward,CHANNEL_SECOND,F32,fused",
        "backward,CHANNEL_SECOND,F16,fused",
        "backward,CHANNEL_SECOND,F16,plain",
        "backward,CHANNEL_SECOND,BF16,plain",
        "backward,CHANNEL_LAST,F32,fused",
        "backward,CHANNEL_LAST,F16,plain",
        "backward,CHANNEL_LAST,BF16,plain",
        "backward,CHANNEL_LAST,BF16,fused",
      })
  void onePassAlone_comesToAllocateNothing(String pass) throws Exception {
    assertThat(JVM.run(SteadyCalls.class.getName(), MANY, pass)).isEmpty();
  }

  /** With the code of commit 799a36b the passes of f16 among the first did not, in 3 of 4 JVMs. */
  @RepeatedTest(3)
  void passesAfterOthers_comeToAllocateNothing() throws Exception {
    List<String> output =
        JVM.run(
            SteadyCalls.class.getName(),
            "10",
            "backward,CHANNEL_SECOND,F64,plain",
            "backward,CHANNEL_SECOND,F32,plain",
            "backward,CHANNEL_SECOND,BF16,plain",
            "backward,CHANNEL_SECOND,F16,plain",
            "forward-training,CHANNEL_SECOND,F32,fused",
            "forward-training,CHANNEL_SECOND,BF16,plain",
            "forward-training,CHANNEL_SECOND,F16,plain",
            "forward-inference,CHANNEL_SECOND,F16,plain",
            "backward,CHANNEL_LAST,F64,plain",
            "backward,CHANNEL_LAST,F32,fused",
            "backward,CHANNEL_LAST,BF16,plain",
            "backward,CHANNEL_LAST,F16,plain",
            "backward,CHANNEL_LAST,F16,fused",
            "forward-training,CHANNEL_LAST,BF16,plain",
            "forward-training,CHANNEL_LAST,F16,plain",
            "forward-inference,CHANNEL_LAST,BF16,plain",
            "forward-inference,CHANNEL_LAST,F32,plain");
    assertThat(output).isEmpty();
  }
}
