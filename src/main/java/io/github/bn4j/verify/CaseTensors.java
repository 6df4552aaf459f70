package io.github.bn4j.verify;

import io.github.bn4j.backend.Memory;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SavedStatistics;
import io.github.bn4j.op.Tensor;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of a case in some backend's memory: inputs filled in, outputs filled with a number
 * that no case computes, so that an element which is not written is seen.
 *
 * @param forward tensors of the forward pass
 * @param backward tensors of the backward pass; null in INFERENCE
 */
public record CaseTensors(ForwardTensors forward, @Nullable BackwardTensors backward) {
  /** What outputs hold before they are written; exact in every type. */
  private static final double UNWRITTEN = -77;

  /**
   * Makes and fills the tensors of a case.
   *
   * @param reserveBytes size of the reserve space; used only by a case with one
   */
  public static CaseTensors of(Memory memory, Case c, CaseInputs inputs, long reserveBytes) {
    Maker maker = new Maker(memory, c.spec());
    ForwardTensors forward = maker.forward(c, inputs, reserveBytes);
    return new CaseTensors(forward, c.hasBackward() ? maker.backward(c, inputs, forward) : null);
  }

  /** Reads what a forward pass has left. */
  public Map<Quantity, HostTensor> readForward(Memory memory) {
    Map<Quantity, HostTensor> results = new EnumMap<>(Quantity.class);
    results.put(Quantity.Y, memory.toHost(forward.y()));
    SavedStatistics saved = forward.saved();
    if (saved != null) {
      results.put(Quantity.SAVED_MEAN, memory.toHost(saved.mean()));
      results.put(Quantity.SAVED_INV_STD, memory.toHost(saved.invStd()));
    }
    RunningStatistics running = forward.running();
    if (running != null) {
      results.put(Quantity.RUNNING_MEAN, memory.toHost(running.mean()));
      results.put(Quantity.RUNNING_VARIANCE, memory.toHost(running.variance()));
      read(memory, results, Quantity.BATCHES, running.batches());
    }
    return results;
  }

  /** Reads what a backward pass has left. */
  public Map<Quantity, HostTensor> readBackward(Memory memory) {
    Map<Quantity, HostTensor> results = new EnumMap<>(Quantity.class);
    if (backward != null) {
      results.put(Quantity.DX, memory.toHost(backward.dx()));
      read(memory, results, Quantity.D_RESIDUAL, backward.dResidual());
      read(memory, results, Quantity.D_GAMMA, backward.dGamma());
      read(memory, results, Quantity.D_BETA, backward.dBeta());
    }
    return results;
  }

  private static void read(
      Memory memory, Map<Quantity, HostTensor> results, Quantity name, @Nullable Tensor tensor) {
    if (tensor != null) {
      results.put(name, memory.toHost(tensor));
    }
  }

  private record Maker(Memory memory, BatchNormSpec spec) {
    ForwardTensors forward(Case c, CaseInputs inputs, long reserveBytes) {
      Tensor x = memory.copyOf(inputs.x());
      Tensor y = c.inPlace() ? x : output(spec.dataType(), x.elements());
      return ForwardTensors.builder(x, y)
          .residual(input(inputs.residual()))
          .affine(input(inputs.gamma()), input(inputs.beta()))
          .running(running(inputs))
          .saved(spec.mode() == Mode.TRAINING ? saved() : null)
          .reserve(c.reserve() ? memory.allocate(DataType.U8, reserveBytes) : null)
          .build();
    }

    BackwardTensors backward(Case c, CaseInputs inputs, ForwardTensors forward) {
      Tensor dy = memory.copyOf(inputs.dy());
      Tensor dx = c.inPlace() ? dy : output(spec.dataType(), dy.elements());
      return BackwardTensors.builder(forward, dy, dx)
          .dResidual(spec.hasResidual() ? output(spec.dataType(), dy.elements()) : null)
          .affine(spec.hasScale() ? perChannel() : null, spec.hasShift() ? perChannel() : null)
          .build();
    }

    private @Nullable Tensor input(@Nullable HostTensor values) {
      return values == null ? null : memory.copyOf(values);
    }

    private @Nullable RunningStatistics running(CaseInputs inputs) {
      HostTensor mean = inputs.runningMean();
      HostTensor variance = inputs.runningVariance();
      return mean == null || variance == null
          ? null
          : new RunningStatistics(
              memory.copyOf(mean), memory.copyOf(variance), input(inputs.batches()));
    }

    private SavedStatistics saved() {
      return new SavedStatistics(perChannel(), perChannel());
    }

    private Tensor perChannel() {
      return output(spec.statisticsType(), spec.shape().channels());
    }

    private Tensor output(DataType type, long elements) {
      HostTensor unwritten = HostTensor.allocate(type, elements);
      for (long i = 0; i < elements; i++) {
        unwritten.set(i, UNWRITTEN);
      }
      return memory.copyOf(unwritten);
    }
  }
}
