package io.github.bn4j.bench;

import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SavedStatistics;
import io.github.bn4j.op.Tensor;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of one call, filled with ordinary numbers.
 *
 * @param forward of the forward pass, which a backward pass needs too
 * @param backward null for a forward pass
 * @param from what the copy reads
 * @param to what the copy writes, an output
 */
record BenchmarkTensors(
    ForwardTensors forward, @Nullable BackwardTensors backward, Tensor from, Tensor to) {

  static BenchmarkTensors allocate(Memory memory, Plan plan, boolean withBackward) {
    BatchNormSpec spec = plan.spec();
    Tensor x = full(memory, spec, 1);
    Tensor y = memory.allocate(spec.dataType(), spec.shape().elements());
    ForwardTensors forward =
        ForwardTensors.builder(x, y)
            .residual(spec.hasResidual() ? full(memory, spec, 2) : null)
            .affine(
                spec.hasScale() ? perChannel(memory, spec, 1.5) : null,
                spec.hasShift() ? perChannel(memory, spec, 0.25) : null)
            .running(spec.tracksRunningStatistics() ? running(memory, spec) : null)
            .saved(new SavedStatistics(perChannel(memory, spec, 0), perChannel(memory, spec, 1)))
            .reserve(
                plan.reserveBytes() == 0 ? null : memory.allocate(DataType.U8, plan.reserveBytes()))
            .build();
    if (!withBackward) {
      return new BenchmarkTensors(forward, null, x, y);
    }
    Tensor dy = full(memory, spec, 3);
    Tensor dx = memory.allocate(spec.dataType(), spec.shape().elements());
    BackwardTensors backward =
        BackwardTensors.builder(forward, dy, dx)
            .dResidual(
                spec.hasResidual()
                    ? memory.allocate(spec.dataType(), spec.shape().elements())
                    : null)
            .affine(
                spec.hasScale() ? perChannel(memory, spec, 0) : null,
                spec.hasShift() ? perChannel(memory, spec, 0) : null)
            .build();
    return new BenchmarkTensors(forward, backward, dy, dx);
  }

  private static RunningStatistics running(Memory memory, BatchNormSpec spec) {
    return new RunningStatistics(
        perChannel(memory, spec, 0.1),
        perChannel(memory, spec, 1),
        memory.allocate(DataType.I64, 1));
  }

  private static Tensor perChannel(Memory memory, BatchNormSpec spec, double value) {
    HostTensor host = HostTensor.allocate(spec.statisticsType(), spec.shape().channels());
    for (long c = 0; c < host.elements(); c++) {
      host.set(c, value);
    }
    return memory.copyOf(host);
  }

  /** Uniform in [-1.5, 2): neither centred nor of unit variance. */
  private static Tensor full(Memory memory, BatchNormSpec spec, long seed) {
    HostTensor host = HostTensor.allocate(spec.dataType(), spec.shape().elements());
    SplittableRandom random = new SplittableRandom(seed);
    float[] chunk = new float[(int) Math.min(1 << 16, host.elements())];
    for (long at = 0; at < host.elements(); at += chunk.length) {
      int count = (int) Math.min(chunk.length, host.elements() - at);
      for (int i = 0; i < count; i++) {
        chunk[i] = (random.nextInt() >>> 8) * (3.5f / (1 << 24)) - 1.5f;
      }
      host.write(at, chunk, 0, count);
    }
    return memory.copyOf(host);
  }

  /** Bytes of one set of activation tensors. */
  static long bytes(BatchNormSpec spec, boolean withBackward) {
    return spec.shape().elements() * spec.dataType().bytes() * (withBackward ? 4 : 2);
  }
}
