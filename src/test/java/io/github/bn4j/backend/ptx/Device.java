package io.github.bn4j.backend.ptx;

import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.cuda.CudaMemory;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SavedStatistics;
import io.github.bn4j.op.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A plan with filled tensors on the emulated device. */
final class Device implements AutoCloseable {
  final CudaMemory memory;
  final Plan plan;
  final ForwardTensors forward;
  final BackwardTensors backward;
  private final BatchNormSpec spec;
  private final Random random = new Random(1);

  /** In two passes over batch statistics. */
  Device(BatchNormSpec spec, boolean withMask) {
    this(spec, withMask, Tier.TWO_PASS);
  }

  /**
   * @param tier null for the one that suits each pass
   */
  Device(BatchNormSpec spec, boolean withMask, @Nullable Tier tier) {
    this(spec, withMask, tier, 0);
  }

  /** On one of several devices. */
  Device(BatchNormSpec spec, boolean withMask, @Nullable Tier tier, int ordinal) {
    this(spec, withMask, tier == null ? new PtxBackend() : PtxBackend.forced(tier), ordinal);
  }

  /** With a backend of the test's choice, without a mask. */
  static Device of(PtxBackend backend, BatchNormSpec spec) {
    return new Device(spec, false, backend, 0);
  }

  private Device(BatchNormSpec spec, boolean withMask, PtxBackend backend, int ordinal) {
    this.spec = spec;
    PlanOptions options = new PlanOptions(0, ordinal, null);
    this.memory = new CudaMemory(options);
    this.plan = backend.plan(spec, options);
    DataType statistics = spec.statisticsType();
    long c = spec.shape().channels();
    RunningStatistics running =
        new RunningStatistics(
            filled(statistics, c, 0), filled(statistics, c, 2), memory.copyOf(HostTensor.of(4L)));
    SavedStatistics saved =
        new SavedStatistics(memory.allocate(statistics, c), memory.allocate(statistics, c));
    this.forward =
        ForwardTensors.builder(activation(), activation())
            .residual(spec.hasResidual() ? activation() : null)
            .affine(filled(statistics, c, 1), filled(statistics, c, 0))
            .running(running)
            .saved(saved)
            .reserve(withMask ? memory.allocate(DataType.U8, plan.reserveBytes()) : null)
            .build();
    this.backward =
        BackwardTensors.builder(forward, activation(), activation())
            .dResidual(spec.hasResidual() ? activation() : null)
            .affine(memory.allocate(statistics, c), memory.allocate(statistics, c))
            .build();
  }

  private Tensor activation() {
    return filled(spec.dataType(), spec.shape().elements(), 0.5);
  }

  /** Values around a mean; at least 0 where that is 2, which variances have to be. */
  Tensor filled(DataType type, long elements, double mean) {
    HostTensor values = HostTensor.allocate(type, elements);
    for (long i = 0; i < elements; i++) {
      values.set(i, mean + random.nextDouble() * 2 - 1);
    }
    return memory.copyOf(values);
  }

  /** Runs what the mode has. */
  Device run() {
    plan.forward(forward);
    if (spec.mode() != Mode.INFERENCE) {
      plan.backward(backward);
    }
    memory.synchronize();
    return this;
  }

  /** Runs one pass. */
  void run(Direction direction) {
    if (direction == Direction.FORWARD) {
      plan.forward(forward);
    } else {
      plan.backward(backward);
    }
    memory.synchronize();
  }

  double[] values(Tensor tensor) {
    return memory.toHost(tensor).toDoubles();
  }

  /** All that was computed. */
  List<double[]> results() {
    List<double[]> all = new ArrayList<>();
    all.add(values(forward.y()));
    RunningStatistics running = forward.running();
    if (running != null) {
      all.add(values(running.mean()));
      all.add(values(running.variance()));
    }
    if (spec.mode() != Mode.INFERENCE) {
      all.add(values(backward.dx()));
      for (Tensor gradient : new Tensor[] {backward.dGamma(), backward.dBeta()}) {
        if (gradient != null) {
          all.add(values(gradient));
        }
      }
    }
    return all;
  }

  @Override
  public void close() {
    plan.close();
    memory.close();
  }
}
