package io.github.bn4j.examples;

import io.github.bn4j.api.Backends;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.cuda.CudaContext;
import io.github.bn4j.cuda.CudaGraph;
import io.github.bn4j.cuda.CudaMemory;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.cuda.DeviceBuffer;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SavedStatistics;
import java.util.ArrayList;
import java.util.List;

/**
 * A training step's batch norm, forward and backward, captured once in a CUDA graph and replayed
 * for every batch: one call of the driver for all of its kernels.
 */
final class GraphExample {
  private GraphExample() {}

  /**
   * What a step leaves.
   *
   * @param batches the counter of batches, which the replayed kernels advance too
   */
  record Step(
      HostTensor y, HostTensor dx, HostTensor dGamma, HostTensor runningMean, long batches) {}

  /** One replay per batch of x; dy is the same for all. */
  static List<Step> run(BatchNormSpec spec, List<HostTensor> batchesOfX, HostTensor dy) {
    CudaContext context = CudaContext.primary(0);
    List<Step> steps = new ArrayList<>();
    // A stream of its own: the default stream cannot be captured.
    try (CudaStream stream = CudaStream.create(context);
        CudaMemory memory = new CudaMemory(stream);
        Plan plan = Backends.byName("ptx").plan(spec, new PlanOptions(0, 0, stream))) {
      long channels = spec.shape().channels();
      DataType type = spec.statisticsType();
      DeviceBuffer x = memory.allocate(spec.dataType(), spec.shape().elements());
      DeviceBuffer y = memory.allocate(spec.dataType(), spec.shape().elements());
      DeviceBuffer dx = memory.allocate(spec.dataType(), spec.shape().elements());
      DeviceBuffer gamma = memory.copyOf(ones(type, channels));
      DeviceBuffer beta = memory.allocate(type, channels);
      DeviceBuffer dGamma = memory.allocate(type, channels);
      DeviceBuffer dBeta = memory.allocate(type, channels);
      DeviceBuffer runningMean = memory.allocate(type, channels);
      DeviceBuffer runningVariance = memory.copyOf(ones(type, channels));
      DeviceBuffer counter = memory.allocate(DataType.I64, 1);
      ForwardTensors forward =
          ForwardTensors.builder(x, y)
              .affine(gamma, beta)
              .running(new RunningStatistics(runningMean, runningVariance, counter))
              .saved(
                  new SavedStatistics(
                      memory.allocate(type, channels), memory.allocate(type, channels)))
              .build();
      BackwardTensors backward =
          BackwardTensors.builder(forward, memory.copyOf(dy), dx).affine(dGamma, dBeta).build();

      stream.synchronize();
      try (CudaGraph graph =
          CudaGraph.capture(
              stream,
              () -> {
                plan.forward(forward);
                plan.backward(backward);
              })) {
        for (HostTensor batch : batchesOfX) {
          memory.write(x, batch);
          graph.launch(stream);
          steps.add(
              new Step(
                  memory.toHost(y),
                  memory.toHost(dx),
                  memory.toHost(dGamma),
                  memory.toHost(runningMean),
                  memory.toHost(counter).getLong(0)));
        }
      }
    }
    return steps;
  }

  private static HostTensor ones(DataType type, long elements) {
    HostTensor ones = HostTensor.allocate(type, elements);
    for (long i = 0; i < elements; i++) {
      ones.set(i, 1);
    }
    return ones;
  }
}
