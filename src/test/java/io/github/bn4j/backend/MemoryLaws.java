package io.github.bn4j.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.TensorShape;
import io.github.bn4j.verify.Case;
import io.github.bn4j.verify.CaseRunner;
import io.github.bn4j.verify.Comparison;
import io.github.bn4j.verify.Judge;
import io.github.bn4j.verify.Quantity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a pass reads and writes, and nothing else. */
public interface MemoryLaws extends Judged {
  /** Shapes with and without full vectors; the odd ones make every row start somewhere else. */
  List<TensorShape> PLACED = List.of(TensorShape.of(3, 5, 7, 7), TensorShape.of(4, 8, 4, 8));

  private static List<Case> placedCases() {
    List<Case> cases = new ArrayList<>();
    for (TensorShape shape : PLACED) {
      for (Mode mode : Mode.values()) {
        for (Layout layout : Layout.values()) {
          for (DataType type : List.of(DataType.F32, DataType.F16, DataType.F64)) {
            BatchNormSpec.Builder spec = BatchNormSpec.builder(shape).mode(mode).layout(layout);
            spec.dataType(type).residual(true).activation(Activation.RELU);
            cases.add(Case.of(spec.build()).withReserve());
          }
        }
      }
    }
    return cases;
  }

  @Test
  default void guardZones_alignedTensors_areUntouched() {
    assertGuards(0);
  }

  @Test
  default void guardZones_tensorsThatStartOneElementLate_areUntouched() {
    assertGuards(alignmentElements());
  }

  private void assertGuards(int shift) {
    for (Case c : placedCases()) {
      if (!backend().supports(c.spec()).isYes()) {
        continue;
      }
      try (GuardedMemory memory = new GuardedMemory(backend().memory(options()), shift)) {
        Judge judge = new Judge(c);
        Map<Quantity, HostTensor> results =
            new CaseRunner(backend(), options()).run(c, judge.inputs(), judge.expected(), memory);
        memory.assertGuardsUntouched(c.name());
        assertThat(judge.compare(results).values()).as(c.name()).allMatch(Comparison::holds);
      }
    }
  }

  @Test
  default void inputs_afterBothPasses_areUntouched() {
    for (Case c : placedCases()) {
      if (!c.hasBackward() || !backend().supports(c.spec()).isYes()) {
        continue;
      }
      try (Trial trial = trial(c)) {
        trial.forward().backward();
        ForwardTensors t = trial.forwardTensors();
        assertSame(c, trial.host(t.x()), trial.inputs().x());
        assertSame(c, trial.host(t.residual()), trial.inputs().residual());
        assertSame(c, trial.host(t.gamma()), trial.inputs().gamma());
        assertSame(c, trial.host(t.beta()), trial.inputs().beta());
        assertSame(c, trial.host(trial.backwardTensors().dy()), trial.inputs().dy());
      }
    }
  }

  private static void assertSame(Case c, HostTensor actual, @Nullable HostTensor expected) {
    Objects.requireNonNull(expected);
    assertThat(Comparison.ofBits(expected, actual).holds()).as(c.name()).isTrue();
  }

  @Test
  default void outputOverResidual_givesTheSameBits() {
    for (Layout layout : Layout.values()) {
      BatchNormSpec spec =
          BatchNormSpec.builder(PLACED.get(0)).layout(layout).residual(true).build();
      try (Trial trial = trial(spec)) {
        ForwardTensors t = trial.forward().forwardTensors();
        double[] apart = trial.values(t.y());
        ForwardTensors over =
            new ForwardTensors(
                t.x(),
                Objects.requireNonNull(t.residual()),
                t.residual(),
                t.gamma(),
                t.beta(),
                t.running(),
                t.saved(),
                null);
        trial.plan().forward(over);
        assertThat(trial.values(t.residual())).containsExactly(apart);
      }
    }
  }

  @Test
  default void gradientOverGradient_givesTheSameBits() {
    for (Mode mode : List.of(Mode.TRAINING, Mode.FROZEN)) {
      for (Layout layout : Layout.values()) {
        BatchNormSpec.Builder spec = BatchNormSpec.builder(PLACED.get(0)).layout(layout).mode(mode);
        try (Trial trial = trial(spec.activation(Activation.RELU).build())) {
          BackwardTensors b = trial.forward().backward().backwardTensors();
          double[] apart = trial.values(b.dx());
          double[] dGamma = trial.values(b.dGamma());
          trial
              .plan()
              .backward(
                  new BackwardTensors(
                      b.x(), b.dy(), b.dy(), null, b.dGamma(), b.dBeta(), b.inputs()));
          assertThat(trial.values(b.dy())).containsExactly(apart);
          assertThat(trial.values(b.dGamma())).containsExactly(dGamma);
        }
      }
    }
  }

  @Test
  default void largeReserve_isAllowed() {
    BatchNormSpec spec = BatchNormSpec.builder(PLACED.get(0)).activation(Activation.RELU).build();
    try (Trial trial = trial(Case.of(spec).withReserve())) {
      ForwardTensors t = trial.forwardTensors();
      double[] kept = trial.forward().backward().values(trial.backwardTensors().dx());
      long bytes = trial.plan().reserveBytes();
      assertThat(bytes).isPositive();
      ForwardTensors larger =
          ForwardTensors.builder(t.x(), t.y())
              .affine(t.gamma(), t.beta())
              .running(t.running())
              .saved(t.saved())
              .reserve(trial.memory().allocate(DataType.U8, bytes + 100))
              .build();
      BackwardTensors b = trial.backwardTensors();
      trial.plan().forward(larger);
      trial
          .plan()
          .backward(
              BackwardTensors.builder(larger, b.dy(), b.dx())
                  .affine(b.dGamma(), b.dBeta())
                  .build());
      assertThat(trial.values(b.dx())).containsExactly(kept);
    }
  }

  @Test
  default void buffersOfAnySize_onTheHost_giveTheSameBits() {
    assumeFalse(backend().onDevice(), "a law for hosts: buffers are host memory");
    for (Case c : placedCases()) {
      Judge judge = new Judge(c);
      CaseRunner runner = new CaseRunner(backend(), options());
      Map<Quantity, HostTensor> arrays = runner.run(c, judge.inputs(), judge.expected());
      for (int bytes : new int[] {64, 1000, 1 << 16}) {
        Map<Quantity, HostTensor> buffers =
            runner.run(c, judge.inputs(), judge.expected(), new SegmentedMemory(bytes));
        Judge.compareBits(arrays, buffers)
            .forEach(
                (quantity, found) ->
                    assertThat(found.holds())
                        .as("%s, %s in buffers of %d bytes", c.name(), quantity, bytes)
                        .isTrue());
      }
    }
  }
}
