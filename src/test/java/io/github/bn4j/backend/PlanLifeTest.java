package io.github.bn4j.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.api.Backends;
import io.github.bn4j.cuda.CudaContext;
import io.github.bn4j.cuda.CudaMemory;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.cuda.DeviceException;
import io.github.bn4j.cuda.NativeResource;
import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.emulator.EmulatedDriver;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SavedStatistics;
import io.github.bn4j.op.TensorShape;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Plans on a device: made, used and closed many times, and failing at every step of being made. */
@EmulatedCuda
final class PlanLifeTest {
  /**
   * Cycles of the test below. 100,000 take minutes on the emulated device: {@code
   * -Dbn4j.cycles=100000 -Xms512m -Xmx512m -XX:+AlwaysPreTouch}.
   */
  private static final int CYCLES = Integer.getInteger("bn4j.cycles", 2000);

  /**
   * What the code cache, collectors and allocators of a JVM may still grow by: of 100,000 cycles a
   * leak of 670 bytes in each.
   */
  private static final long NATIVE_GROWTH = 64L << 20;

  /** The driver's and the library's calls that can fail while a plan is made. */
  private static final List<String> CALLS =
      List.of(
          "cuMem",
          "cuModule",
          "cuFunc",
          "cuOccupancy",
          "cuStream",
          "cuEvent",
          "cuCtxPush",
          "cudnnCreate",
          "cudnnSet",
          "cudnnDerive");

  private static final int INVALID_VALUE = 1;

  @BeforeAll
  static void findStandIn() {
    System.setProperty("bn4j.cudnn.dir", EmulatedDriver.directory().toString());
  }

  private static BatchNormSpec spec() {
    return BatchNormSpec.builder(TensorShape.of(4, 6, 5, 5))
        .layout(Layout.CHANNEL_LAST)
        .affine(false, true)
        .build();
  }

  private static void runOnce(Backend backend, CudaMemory memory) {
    BatchNormSpec spec = spec();
    try (Plan plan = backend.plan(spec, PlanOptions.DEFAULT);
        var x = memory.allocate(spec.dataType(), spec.shape().elements());
        var beta = memory.allocate(DataType.F32, 6);
        var mean = memory.allocate(DataType.F32, 6);
        var variance = memory.allocate(DataType.F32, 6);
        var savedMean = memory.allocate(DataType.F32, 6);
        var savedInvStd = memory.allocate(DataType.F32, 6)) {
      plan.forward(
          ForwardTensors.builder(x, x)
              .affine(null, beta)
              .running(new RunningStatistics(mean, variance, null))
              .saved(new SavedStatistics(savedMean, savedInvStd))
              .build());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ptx", "cudnn"})
  void cycles_ofCreateRunClose_leaveMemoryWhereItWas(String name, TestReporter reporter)
      throws IOException {
    Backend backend = Backends.byName(name);
    try (CudaMemory memory = new CudaMemory(PlanOptions.DEFAULT)) {
      run(backend, memory, 1 + CYCLES / 10);
      int allocations = EmulatedDriver.allocations().size();
      int open = NativeResource.open().size();
      long before = residentBytes();
      long begin = System.nanoTime();
      run(backend, memory, CYCLES);
      long seconds = (System.nanoTime() - begin) / 1_000_000_000;

      long after = residentBytes();
      reporter.publishEntry(
          "%s: %d cycles in %d s".formatted(name, CYCLES, seconds),
          "process memory %d MiB before, %d MiB after".formatted(before >> 20, after >> 20));
      assertThat(EmulatedDriver.allocations()).hasSize(allocations);
      assertThat(NativeResource.open()).hasSize(open);
      if (heapIsAllThere()) {
        assertThat(after - before).as("growth of native memory").isLessThan(NATIVE_GROWTH);
      }
    }
  }

  private static void run(Backend backend, CudaMemory memory, int cycles) {
    for (int i = 0; i < cycles; i++) {
      runOnce(backend, memory);
      if (i % 100 == 0) {
        memory.synchronize();
      }
    }
    memory.synchronize();
  }

  private static long residentBytes() throws IOException {
    String resident =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("VmRSS:"))
            .findFirst()
            .orElseThrow();
    return Long.parseLong(resident.replaceAll("\\D", "")) << 10;
  }

  /** Otherwise pages of the heap that are touched for the first time look like a leak. */
  private static boolean heapIsAllThere() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().contains("-XX:+AlwaysPreTouch");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ptx", "cudnn"})
  void plan_whenAnyOfItsCallsFails_throwsAndFreesWhatItMade(String name) {
    Backend backend = Backends.byName(name);
    // In a user's context nothing is kept from plan to plan: every plan makes every call.
    CUcontext user = new CUcontext();
    JCudaDriver.cuInit(0);
    JCudaDriver.cuCtxCreate(user, 0, new CUdevice());
    int failures = 0;
    try (CudaStream stream = CudaStream.create(CudaContext.wrap(user))) {
      PlanOptions options = new PlanOptions(0, 0, stream);
      for (String call : CALLS) {
        for (int nth = 1; failOnce(backend, options, call, nth); nth++) {
          failures++;
        }
      }
    } finally {
      JCudaDriver.cuCtxDestroy(user);
    }
    assertThat(failures).as("steps that can fail").isGreaterThan(10);
  }

  /** False if making a plan has fewer such calls than nth. */
  private static boolean failOnce(Backend backend, PlanOptions options, String call, int nth) {
    List<String> open = NativeResource.open();
    List<EmulatedDriver.Allocation> before = EmulatedDriver.allocations();
    EmulatedDriver.failNext(call, nth, INVALID_VALUE);
    Plan plan;
    try {
      plan = backend.plan(spec(), options);
    } catch (DeviceException e) {
      assertThat(e).hasMessageContaining(call);
      assertThat(EmulatedDriver.allocations()).as("after %s %d", call, nth).isEqualTo(before);
      assertThat(NativeResource.open()).as("after %s %d", call, nth).hasSameSizeAs(open);
      return true;
    }
    EmulatedDriver.forgetFailures();
    plan.close();
    return false;
  }

  @Test
  void plan_onADeviceThatIsNotThere_isRefused() {
    assertThatThrownBy(() -> Backends.byName("ptx").plan(spec(), new PlanOptions(0, 7, null)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("device: expected an ordinal from 0 to 0, got 7");
  }

  @Test
  void forward_hostTensor_isRefusedBeforeAnyLaunch() {
    try (Plan plan = Backends.byName("ptx").plan(spec(), PlanOptions.DEFAULT)) {
      HostTensor x = HostTensor.allocate(DataType.F32, spec().shape().elements());
      EmulatedDriver.takeLaunches();

      assertThatThrownBy(() -> plan.forward(ForwardTensors.builder(x, x).build()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("x: expected memory of device 0, got host memory");
      assertThat(EmulatedDriver.takeLaunches()).isEmpty();
    }
  }
}
