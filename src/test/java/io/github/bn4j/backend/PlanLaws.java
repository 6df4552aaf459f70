package io.github.bn4j.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.sun.management.ThreadMXBean;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.TensorShape;
import io.github.bn4j.verify.Case;
import io.github.bn4j.verify.Suite;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What a plan promises: made once, executed many times, the same each time. */
public interface PlanLaws extends Judged {
  /** Small, so that thousands of calls are quick. */
  TensorShape SMALL = TensorShape.of(3, 5, 6);

  /**
   * Rounds of counting, until one is free of what the JVM does at first: vectors are objects until
   * their loop is compiled, in the background.
   */
  int MAX_ROUNDS = 20;

  private static BatchNormSpec small() {
    return BatchNormSpec.builder(SMALL).activation(Activation.RELU).residual(true).build();
  }

  @Test
  default void plan_saysWhatItIs() {
    try (Trial trial = trial(small())) {
      assertThat(trial.plan().spec()).isEqualTo(small());
      assertThat(trial.plan().backend()).isEqualTo(backend().name());
      assertThat(trial.plan().explain()).isNotBlank();
    }
  }

  @Test
  default void plan_ofARefusedSpec_throwsTheReason() {
    for (Case c : Suite.QUICK.cases()) {
      Support support = backend().supports(c.spec());
      if (!support.isYes()) {
        assertThat(support.reason()).isNotBlank();
        assertThatThrownBy(() -> backend().plan(c.spec(), options()))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining(support.reason());
        return;
      }
    }
    backend().plan(small(), options()).close(); // refuses nothing
  }

  @Test
  default void reserveBytes_withoutActivation_isZero() {
    try (Trial trial = trial(BatchNormSpec.builder(SMALL).build())) {
      assertThat(trial.plan().reserveBytes()).isZero();
    }
  }

  @Test
  default void closedPlan_anyCall_throws() {
    Trial trial = trial(small());
    try (trial) {
      trial.forward();
      trial.plan().close();
      assertThatThrownBy(trial::forward)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
      assertThatThrownBy(trial::backward)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
      trial.plan().close(); // harmless
    }
  }

  @Test
  default void backward_inference_throws() {
    try (Trial inference = trial(BatchNormSpec.builder(SMALL).mode(Mode.INFERENCE).build());
        Trial frozen = trial(BatchNormSpec.builder(SMALL).mode(Mode.FROZEN).build())) {
      assertThatThrownBy(() -> inference.plan().backward(frozen.backwardTensors()))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("INFERENCE")
          .hasMessageContaining("FROZEN");
    }
  }

  @Test
  default void samePlan_otherTensors_keepsNothingOfTheFirst() {
    try (Trial first = trial(small());
        Trial second = trial(small())) {
      first.forward().backward();
      double[] dx = first.values(first.backwardTensors().dx());
      first.plan().forward(second.forwardTensors());
      first.plan().backward(second.backwardTensors());
      assertThat(second.values(second.backwardTensors().dx())).containsExactly(dx);
      assertThat(second.values(second.forwardTensors().y()))
          .containsExactly(first.values(first.forwardTensors().y()));
    }
  }

  @Test
  default void backward_withoutWhatItDoesNotRead_isTheSame() {
    try (Trial trial = trial(Case.of(small()).withReserve())) {
      BackwardTensors all = trial.forward().backward().backwardTensors();
      double[] dx = trial.values(all.dx());
      BackwardTensors.Inputs in = all.inputs();
      BackwardTensors.Inputs needed =
          new BackwardTensors.Inputs(in.gamma(), null, null, null, in.saved(), in.reserve());
      trial
          .plan()
          .backward(
              new BackwardTensors(
                  all.x(), all.dy(), all.dx(), all.dResidual(), all.dGamma(), all.dBeta(), needed));
      assertThat(trial.values(all.dx())).containsExactly(dx);
    }
  }

  @Test
  default void plans_inSeveralThreads_doNotDisturbEachOther() throws Exception {
    TensorShape shape = TensorShape.of(5, 19, 11, 7);
    List<Callable<double[]>> tasks = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Layout layout = i % 2 == 0 ? Layout.CHANNEL_SECOND : Layout.CHANNEL_LAST;
      BatchNormSpec spec = BatchNormSpec.builder(shape).layout(layout).build();
      assumeSupported(spec);
      tasks.add(() -> dxOf(spec));
    }
    ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
    try {
      List<Future<double[]>> results = threads.invokeAll(tasks);
      for (int i = 0; i < tasks.size(); i++) {
        assertThat(results.get(i).get()).containsExactly(tasks.get(i).call());
      }
    } finally {
      threads.shutdown();
    }
  }

  private double[] dxOf(BatchNormSpec spec) {
    try (Trial trial = new Trial(backend(), options(), Case.of(spec))) {
      double[] dx = new double[0];
      for (int i = 0; i < 5; i++) {
        dx = trial.forward().backward().values(trial.backwardTensors().dx());
      }
      return dx;
    }
  }

  @Test
  default void thousandsOfCalls_onTheHost_allocateNothing() {
    assumeFalse(
        backend().onDevice(), "a law for hosts: a device's driver is counted by its own tests");
    for (Layout layout : Layout.values()) {
      BatchNormSpec spec = small().toBuilder().layout(layout).build();
      try (Trial trial = trial(Case.of(spec).withReserve())) {
        long allocated = Long.MAX_VALUE;
        int rounds = 0;
        // Even the smallest object has 16 bytes; the counting itself takes some hundred.
        while (allocated >= calls() * 16L && rounds++ < MAX_ROUNDS) {
          long before = allocatedBytes();
          call(trial, calls());
          allocated = allocatedBytes() - before;
        }
        assertThat(allocated)
            .as("bytes in %d times forward and backward, %s, round %d", calls(), layout, rounds)
            .isLessThan(calls() * 16L);
      }
    }
  }

  private static void call(Trial trial, int times) {
    for (int i = 0; i < times; i++) {
      trial.forward().backward();
    }
  }

  /** By all threads that are alive, a backend's own ones too. */
  private static long allocatedBytes() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long sum = 0;
    for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
      sum += Math.max(0, bytes); // -1 for a thread that has ended
    }
    return sum;
  }
}
