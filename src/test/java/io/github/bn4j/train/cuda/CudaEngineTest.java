package io.github.bn4j.train.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.cudnn.CudnnBackend;
import io.github.bn4j.cuda.CudaContext;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.cuda.NativeResource;
import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.emulator.EmulatedDriver;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.train.engine.Engine;
import io.github.bn4j.train.engine.EngineContract;
import io.github.bn4j.train.engine.OptimizerSpec;
import io.github.bn4j.train.engine.TinyTraining;
import java.util.List;
import java.util.Map;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The laws of engines, for the GPU engine's host code and kernels; and what only it has. */
@EmulatedCuda
final class CudaEngineTest extends EngineContract {
  private static final int STEPS = 4;
  private static final int INVALID_VALUE = 1;

  /** What a training makes and queues; a call that gives something back leaks when it fails. */
  private static final List<String> CALLS =
      List.of(
          "cuMemAlloc",
          "cuMemcpy",
          "cuMemset",
          "cuModuleLoad",
          "cuStreamCreate",
          "cuStreamSynchronize",
          "cuStreamBegin",
          "cuEventCreate",
          "cuGraphInstantiate",
          "cuGraphLaunch",
          "cuLaunchKernel",
          "cudnnCreate",
          "cudnnSet",
          "cudnnGet",
          "cudnnConvolution",
          "cudnnBatch",
          "cudnnSoftmax");

  @BeforeAll
  static void findStandIn() {
    System.setProperty(CudnnBackend.DIRECTORY_PROPERTY, EmulatedDriver.directory().toString());
  }

  @Override
  protected Engine open() {
    return new CudaEngineProvider().open(PlanOptions.DEFAULT);
  }

  private static TinyTraining training(Engine engine, String backend, boolean records) {
    return new TinyTraining(engine, backend, OptimizerSpec.Adam.of(0.01), records);
  }

  private Map<String, double[]> after(String backend, boolean records) {
    try (Engine engine = open();
        TinyTraining training = training(engine, backend, records)) {
      for (int i = 0; i < STEPS; i++) {
        training.train(i);
      }
      assertThat(training.repeated() instanceof RecordedWork work && work.isGraph())
          .isEqualTo(records);
      return training.state();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ptx", "cudnn"})
  void training_repeatedOrReplayedAsAGraph_givesTheSameBits(String backend) {
    Map<String, double[]> expected = after(backend, false);
    Map<String, double[]> again = after(backend, false);
    Map<String, double[]> replayed = after(backend, true);
    expected.forEach(
        (name, values) -> {
          assertThat(again.get(name)).as(name).containsExactly(values);
          assertThat(replayed.get(name)).as(name + " by graph").containsExactly(values);
        });
  }

  @Test
  void step_ofATraining_allocatesNothingAndDoesNotWait() {
    try (Engine engine = open();
        TinyTraining training = training(engine, "ptx", false)) {
      training.train(0);
      int open = NativeResource.open().size();
      // Whatever allocates or waits would fail here.
      EmulatedDriver.failNext("cuMemAlloc", 1, INVALID_VALUE);
      EmulatedDriver.failNext("cuStreamSynchronize", 1, INVALID_VALUE);
      EmulatedDriver.failNext("cuCtxSynchronize", 1, INVALID_VALUE);
      training.repeated().run();
      EmulatedDriver.forgetFailures();
      assertThat(NativeResource.open()).hasSize(open);
    }
  }

  @Test
  void refusedCapture_trainsOnWithoutAGraph() {
    Map<String, double[]> expected = after("ptx", false);
    try (Engine engine = open();
        TinyTraining training = training(engine, "ptx", true)) {
      training.train(0);
      EmulatedDriver.failNext("cuGraphInstantiate", 1, INVALID_VALUE);
      for (int i = 1; i < STEPS; i++) {
        training.train(i);
      }
      Map<String, double[]> state = training.state();
      expected.forEach((name, values) -> assertThat(state.get(name)).containsExactly(values));
    }
  }

  @Test
  void training_whenAnyOfItsCallsFails_freesWhatItMade() {
    // In a user's context nothing is kept: every training makes every call.
    CUcontext user = new CUcontext();
    JCudaDriver.cuInit(0);
    JCudaDriver.cuCtxCreate(user, 0, new CUdevice());
    int failures = 0;
    try (CudaStream stream = CudaStream.create(CudaContext.wrap(user))) {
      PlanOptions options = new PlanOptions(0, 0, stream);
      for (String call : CALLS) {
        // Every third: there are some hundred places, of which neighbours are alike.
        for (int nth = 1; failOnce(options, call, nth); nth += 3) {
          failures++;
        }
      }
    } finally {
      JCudaDriver.cuCtxDestroy(user);
    }
    assertThat(failures).as("calls that can fail").isGreaterThan(100);
  }

  /** False if a training makes fewer such calls than nth. */
  private static boolean failOnce(PlanOptions options, String call, int nth) {
    List<String> open = NativeResource.open();
    List<EmulatedDriver.Allocation> before = EmulatedDriver.allocations();
    EmulatedDriver.failNext(call, nth, INVALID_VALUE);
    boolean failed = false;
    try (Engine engine = new CudaEngineProvider().open(options);
        TinyTraining training = training(engine, "cudnn", true)) {
      for (int i = 0; i < 3; i++) {
        training.train(i);
      }
      training.state();
    } catch (RuntimeException e) {
      // Not always a DeviceException: JCudnn's own binding stumbles over a list of algorithms that
      // the failed call has not filled in.
      failed = true;
    }
    assertThat(EmulatedDriver.allocations()).as("after %s %d", call, nth).isEqualTo(before);
    assertThat(NativeResource.open()).as("after %s %d", call, nth).hasSameSizeAs(open);
    boolean happened = EmulatedDriver.failuresLeft() == 0;
    EmulatedDriver.forgetFailures();
    assertThat(failed && !happened).isFalse();
    return happened;
  }

  @Test
  void hostTensor_isRefused() {
    try (Engine engine = open()) {
      var host = HostTensor.of(new float[] {1});
      assertThatThrownBy(() -> engine.sum(host, host, host))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("in memory of device 0");
    }
  }
}
