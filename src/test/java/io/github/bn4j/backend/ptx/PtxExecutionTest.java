package io.github.bn4j.backend.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.cuda.CudaContext;
import io.github.bn4j.cuda.CudaGraph;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.emulator.AlsoOnGpu;
import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.emulator.EmulatedDriver;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.TensorShape;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How plans execute on the emulated device: order, capture, failures, allocations. */
@EmulatedCuda(multiprocessors = 16)
final class PtxExecutionTest {
  private static final int INVALID_VALUE = 1;
  private static final int OUT_OF_MEMORY = 2;
  private static final int NOT_FOUND = 500;

  /** So few channels that each is split among blocks, with a last part that is shorter. */
  private static BatchNormSpec split(Layout layout, Mode mode) {
    return BatchNormSpec.builder(TensorShape.of(9, 6, 41, 40))
        .layout(layout)
        .mode(mode)
        .activation(Activation.RELU)
        .residual(true)
        .build();
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void anyOrderOfBlocks_givesTheSameBits(Layout layout) {
    for (Mode mode : new Mode[] {Mode.TRAINING, Mode.FROZEN}) {
      BatchNormSpec spec = split(layout, mode);
      List<double[]> inOrder = run(spec, 0);
      for (long seed = 1; seed <= 3; seed++) {
        assertSameBits(run(spec, seed), inOrder);
      }
    }
  }

  private static void assertSameBits(List<double[]> got, List<double[]> expected) {
    assertThat(got).hasSameSizeAs(expected);
    for (int i = 0; i < got.size(); i++) {
      assertThat(Arrays.equals(got.get(i), expected.get(i))).as("result " + i).isTrue();
    }
  }

  private static List<double[]> run(BatchNormSpec spec, long seed) {
    try (Device device = new Device(spec, true)) {
      EmulatedDriver.shuffle(seed);
      return device.run().results();
    }
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void split_isUsed(Layout layout) {
    try (Device device = new Device(split(layout, Mode.TRAINING), true)) {
      EmulatedDriver.takeLaunches();
      device.run();
      assertThat(EmulatedDriver.takeLaunches().get(0).grid().y()).isGreaterThan(1);
    }
  }

  @AlsoOnGpu
  @Test
  void capturedStep_replayed_doesWhatTheCallsDo() {
    BatchNormSpec spec = split(Layout.CHANNEL_SECOND, Mode.TRAINING);
    List<double[]> called;
    try (Device device = new Device(spec, true)) {
      called = device.run().run().results();
    }
    CudaStream stream = CudaContext.primary(0).ownStream();
    try (Device device = new Device(spec, true)) {
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

  @Test
  void steadyState_allocatesNothingOnTheDevice() {
    try (Device device = new Device(split(Layout.CHANNEL_LAST, Mode.TRAINING), true)) {
      device.run();
      int before = EmulatedDriver.allocations().size();
      for (int i = 0; i < 5; i++) {
        device.run();
      }
      assertThat(EmulatedDriver.allocations()).hasSize(before);
    }
  }

  @AlsoOnGpu
  @Test
  void steadyState_allocatesNothingInTheJvm() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    BatchNormSpec spec = BatchNormSpec.builder(TensorShape.of(2, 3, 4)).build();
    try (Device device = new Device(spec, false)) {
      repeat(device, 100); // classes are loaded, lambdas linked
      long before = threads.getCurrentThreadAllocatedBytes();
      repeat(device, 100);
      long bytes = threads.getCurrentThreadAllocatedBytes() - before;
      assertThat(bytes).as("of 100 steps, by JCuda and the JVM's own bookkeeping").isLessThan(4096);
    }
  }

  private static void repeat(Device device, int times) {
    for (int i = 0; i < times; i++) {
      device.plan.forward(device.forward);
      device.plan.backward(device.backward);
    }
  }

  @Test
  void plan_noMemoryForTheWorkspace_saysSoAndLeavesNothing() {
    EmulatedDriver.failNext("cuMemAlloc", 1, OUT_OF_MEMORY);
    assertThatThrownBy(
            () ->
                new PtxBackend()
                    .plan(split(Layout.CHANNEL_LAST, Mode.TRAINING), PlanOptions.DEFAULT))
        .hasMessageContaining("CUDA_ERROR_OUT_OF_MEMORY");
  }

  @Test
  void plan_clearingFails_leavesNothing() {
    EmulatedDriver.failNext("cuMemset", 1, INVALID_VALUE);
    assertThatThrownBy(
            () ->
                new PtxBackend()
                    .plan(split(Layout.CHANNEL_LAST, Mode.TRAINING), PlanOptions.DEFAULT))
        .hasMessageContaining("CUDA_ERROR_INVALID_VALUE");
  }

  @Test
  void plan_entryMissing_namesItAndLeavesNothing() {
    BatchNormSpec rare =
        split(Layout.CHANNEL_LAST, Mode.TRAINING).toBuilder().dataType(DataType.F64).build();
    EmulatedDriver.failNext("cuModuleGetFunction", 3, NOT_FOUND);
    PtxBackend backend = PtxBackend.forced(Tier.TWO_PASS);
    assertThatThrownBy(() -> backend.plan(rare, PlanOptions.DEFAULT))
        .hasMessageContaining("bn_backward_reduce_nhwc_f64");
  }

  @Test
  void plansMadeAndClosed_leaveTheMemoryWhereItWas() {
    long free = CudaContext.primary(0).freeMemory();
    for (int i = 0; i < 200; i++) {
      new PtxBackend().plan(split(Layout.CHANNEL_LAST, Mode.FROZEN), PlanOptions.DEFAULT).close();
    }
    assertThat(CudaContext.primary(0).freeMemory()).isEqualTo(free);
  }

  @Test
  void explain_namesKernelsTrafficAndReason() {
    BatchNormSpec spec =
        BatchNormSpec.builder(TensorShape.of(2, 6, 7, 7)).activation(Activation.RELU).build();
    try (Device device = new Device(spec, true)) {
      assertThat(device.plan.explain())
          .contains("bn_statistics_nchw_f32", "bn_normalize_nchw_f32", "3 N + 1 bit per element")
          .contains("bn_backward_apply_nchw_f32", "5 N + 2 bits per element with a mask")
          .contains("hw = 49 is no multiple of 4");
    }
  }
}
