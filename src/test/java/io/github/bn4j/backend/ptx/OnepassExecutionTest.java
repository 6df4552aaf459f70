package io.github.bn4j.backend.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.cuda.CudaContext;
import io.github.bn4j.cuda.CudaGraph;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.emulator.EmulatedDriver;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.TensorShape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** One-pass plans on a device so small that a grid takes its groups of channels in turn. */
@EmulatedCuda(multiprocessors = 2)
final class OnepassExecutionTest {
  private static final int NOT_FOUND = 500;

  static Stream<Arguments> tiersAndShapes() {
    return Stream.of(Tier.BLOCK, Tier.CLUSTER, Tier.GRID)
        .flatMap(
            tier ->
                Stream.of(TensorShape.of(3, 6, 41, 40), TensorShape.of(37, 40, 7, 7))
                    .map(shape -> Arguments.of(tier, shape)));
  }

  private static BatchNormSpec spec(TensorShape shape) {
    return BatchNormSpec.builder(shape).activation(Activation.RELU).residual(true).build();
  }

  @ParameterizedTest
  @MethodSource("tiersAndShapes")
  void anyOrderOfBlocks_givesTheSameBits(Tier tier, TensorShape shape) {
    List<double[]> inOrder = run(tier, shape, 0);
    for (long seed = 1; seed <= 2; seed++) {
      assertSameBits(run(tier, shape, seed), inOrder);
    }
  }

  private static void assertSameBits(List<double[]> got, List<double[]> expected) {
    assertThat(got).hasSameSizeAs(expected);
    for (int i = 0; i < got.size(); i++) {
      assertThat(Arrays.equals(got.get(i), expected.get(i))).as("result " + i).isTrue();
    }
  }

  private static List<double[]> run(Tier tier, TensorShape shape, long seed) {
    try (Device device = new Device(spec(shape), true, tier)) {
      EmulatedDriver.shuffle(seed);
      return device.run().run().results();
    }
  }

  @ParameterizedTest
  @MethodSource("tiersAndShapes")
  void capturedStep_replayed_doesWhatTheCallsDo(Tier tier, TensorShape shape) {
    List<double[]> called = run(tier, shape, 0);
    CudaStream stream = CudaContext.primary(0).ownStream();
    try (Device device = new Device(spec(shape), true, tier)) {
      try (CudaGraph graph =
          CudaGraph.capture(
              stream,
              () -> {
                device.plan.forward(device.forward);
                device.plan.backward(device.backward);
              })) {
        graph.launch(stream);
        graph.launch(stream);
        device.memory.synchronize();
      }
      assertSameBits(device.results(), called);
    }
  }

  /** x and dy of the channel, 2.25 MiB, fit into the shared memory of 16 blocks and of no fewer. */
  @Test
  void clusterOf16Blocks_givesWhatTwoPassesGive() {
    TensorShape shape = TensorShape.of(8, 1, 192, 192);
    List<double[]> expected = run(Tier.TWO_PASS, shape, 0);
    try (Device device = new Device(spec(shape), true, Tier.CLUSTER)) {
      assertThat(device.plan.explain()).contains("16 blocks, 16 for a channel");
      List<double[]> results = device.run().run().results();
      for (int i = 0; i < results.size(); i++) {
        double largest = Arrays.stream(expected.get(i)).map(Math::abs).max().orElse(0);
        assertThat(results.get(i))
            .as("result " + i)
            .containsExactly(expected.get(i), Offset.offset(1e-5 * largest));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BLOCK", "CLUSTER", "GRID"})
  void plan_entryMissing_namesItAndLeavesNothing(Tier tier) {
    EmulatedDriver.failNext("cuModuleGetFunction", 2, NOT_FOUND);
    BatchNormSpec rare = BatchNormSpec.builder(TensorShape.of(2, 16, 17, 8)).build();
    assertThatThrownBy(() -> PtxBackend.forced(tier).plan(rare, PlanOptions.DEFAULT))
        .hasMessageContaining("bn_backward_" + (tier == Tier.CLUSTER ? "cluster" : "onepass"));
  }

  @ParameterizedTest
  @EnumSource(names = {"BLOCK", "CLUSTER", "GRID"})
  void explain_namesTierTrafficAndReason(Tier tier) {
    try (Device device = new Device(spec(TensorShape.of(3, 6, 41, 40)), true, tier)) {
      assertThat(device.plan.explain())
          .contains("tier " + tier.label() + ": asked for", "of shared memory")
          .contains("3 N + 1 bit per element (x is read once and kept on chip)")
          .contains("4 N + 1 bit per element with a mask");
    }
  }
}
