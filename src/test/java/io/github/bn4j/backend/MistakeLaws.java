package io.github.bn4j.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bn4j.op.Activation;
import io.github.bn4j.op.AverageFactor;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.DeviceTensor;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SavedStatistics;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.op.TensorShape;
import io.github.bn4j.verify.Case;
import org.junit.jupiter.api.Test;

/**
 * A user's mistake gives an exception that names the parameter, what was expected and what came,
 * before anything is computed. Which mistakes there are is tested with {@code op.Checks}; here that
 * a plan makes those checks.
 */
public interface MistakeLaws extends Judged {
  private Trial complete() {
    BatchNormSpec spec =
        BatchNormSpec.builder(TensorShape.of(2, 3, 5))
            .activation(Activation.RELU)
            .residual(true)
            .averageFactor(AverageFactor.CUMULATIVE)
            .build();
    return trial(Case.of(spec).withReserve());
  }

  private static void assertRefused(Trial trial, ForwardTensors wrong, String... parts) {
    double[] y = trial.values(trial.forwardTensors().y());
    double[] mean = trial.values(trial.running().mean());
    assertThatThrownBy(() -> trial.plan().forward(wrong))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(parts);
    assertThat(trial.values(trial.forwardTensors().y())).containsExactly(y);
    assertThat(trial.values(trial.running().mean())).containsExactly(mean);
  }

  private static ForwardTensors with(ForwardTensors t, Tensor x, Tensor y) {
    return new ForwardTensors(
        x, y, t.residual(), t.gamma(), t.beta(), t.running(), t.saved(), t.reserve());
  }

  @Test
  default void forward_wrongSize_isRefused() {
    try (Trial trial = complete()) {
      ForwardTensors t = trial.forwardTensors();
      Tensor small = trial.memory().allocate(DataType.F32, 29);
      assertRefused(trial, with(t, small, t.y()), "x: expected 30 elements (2x3x5), got 29");
      assertRefused(trial, with(t, t.x(), small), "y: expected 30 elements (2x3x5), got 29");
    }
  }

  @Test
  default void forward_wrongType_isRefused() {
    try (Trial trial = complete()) {
      ForwardTensors t = trial.forwardTensors();
      Tensor half = trial.memory().allocate(DataType.F16, 30);
      assertRefused(trial, with(t, half, t.y()), "x: expected type f32, got f16", "convert");
    }
  }

  @Test
  default void forward_missingParameter_isRefused() {
    try (Trial trial = complete()) {
      ForwardTensors t = trial.forwardTensors();
      ForwardTensors noGamma =
          new ForwardTensors(
              t.x(), t.y(), t.residual(), null, t.beta(), t.running(), t.saved(), t.reserve());
      assertRefused(trial, noGamma, "gamma: expected a tensor, got none");
      ForwardTensors noSaved =
          new ForwardTensors(
              t.x(), t.y(), t.residual(), t.gamma(), t.beta(), t.running(), null, t.reserve());
      assertRefused(trial, noSaved, "saved: expected tensors", "TRAINING needs them");
    }
  }

  @Test
  default void forward_cumulativeWithoutCounter_isRefused() {
    try (Trial trial = complete()) {
      ForwardTensors t = trial.forwardTensors();
      RunningStatistics uncounted =
          new RunningStatistics(trial.running().mean(), trial.running().variance(), null);
      ForwardTensors wrong =
          new ForwardTensors(
              t.x(), t.y(), t.residual(), t.gamma(), t.beta(), uncounted, t.saved(), t.reserve());
      assertRefused(trial, wrong, "running.batches", "cumulative average needs it");
    }
  }

  @Test
  default void forward_smallReserve_isRefused() {
    try (Trial trial = complete()) {
      ForwardTensors t = trial.forwardTensors();
      long bytes = trial.plan().reserveBytes();
      Tensor small = trial.memory().allocate(DataType.U8, bytes - 1);
      ForwardTensors wrong =
          new ForwardTensors(
              t.x(), t.y(), t.residual(), t.gamma(), t.beta(), t.running(), t.saved(), small);
      assertRefused(trial, wrong, "reserve: expected u8 of at least " + bytes);
    }
  }

  @Test
  default void forward_tensorInAnotherPlace_isRefused() {
    try (Trial trial = complete()) {
      ForwardTensors t = trial.forwardTensors();
      Tensor elsewhere =
          backend().onDevice()
              ? HostTensor.allocate(DataType.F32, 30)
              : new Foreign(DataType.F32, 30, 0, false);
      String expected = backend().onDevice() ? "expected memory of device" : "expected host memory";
      assertRefused(trial, with(t, elsewhere, t.y()), "x: " + expected, "copy it");
    }
  }

  @Test
  default void forward_otherDeviceOrClosedTensor_isRefused() {
    try (Trial trial = complete()) {
      ForwardTensors t = trial.forwardTensors();
      if (t.x() instanceof DeviceTensor x) {
        Tensor other = new Foreign(DataType.F32, 30, x.device() + 1, false);
        assertRefused(trial, with(t, other, t.y()), "x: expected memory of device", "got memory");
        Tensor closed = new Foreign(DataType.F32, 30, x.device(), true);
        assertRefused(
            trial, with(t, closed, t.y()), "x: expected open device memory, got a closed");
      } else {
        Tensor closed = new Foreign(DataType.F32, 30, 0, true);
        assertRefused(trial, with(t, closed, t.y()), "x: expected host memory");
      }
    }
  }

  @Test
  default void backward_wrongTensors_areRefusedBeforeAnythingIsWritten() {
    try (Trial trial = complete()) {
      BackwardTensors b = trial.forward().backwardTensors();
      double[] dx = trial.values(b.dx());
      Tensor small = trial.memory().allocate(DataType.F32, 2);
      SavedStatistics saved = trial.saved();
      BackwardTensors wrong =
          new BackwardTensors(b.x(), b.dy(), b.dx(), b.dResidual(), small, b.dBeta(), b.inputs());
      assertThatThrownBy(() -> trial.plan().backward(wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("dGamma: expected 3 elements (channels), got 2");
      BackwardTensors.Inputs in = b.inputs();
      BackwardTensors.Inputs shortSaved =
          new BackwardTensors.Inputs(
              in.gamma(),
              in.beta(),
              in.residual(),
              in.running(),
              new SavedStatistics(small, saved.invStd()),
              in.reserve());
      assertThatThrownBy(
              () ->
                  trial
                      .plan()
                      .backward(
                          new BackwardTensors(
                              b.x(),
                              b.dy(),
                              b.dx(),
                              b.dResidual(),
                              b.dGamma(),
                              b.dBeta(),
                              shortSaved)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("saved.mean: expected 3 elements (channels), got 2");
      assertThat(trial.values(b.dx())).containsExactly(dx);
    }
  }

  /** Memory of a device that is not there; never read. */
  record Foreign(DataType dataType, long elements, int device, boolean isClosed)
      implements DeviceTensor {
    @Override
    public long address() {
      return 0x1000;
    }
  }
}
