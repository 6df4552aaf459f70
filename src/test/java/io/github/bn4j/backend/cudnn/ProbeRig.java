package io.github.bn4j.backend.cudnn;

import io.github.bn4j.backend.PlanOptions;
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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/**
 * One plan and its tensors for a probe; the plan is made past the limits that a user's would meet.
 */
final class ProbeRig implements AutoCloseable {
  final BatchNormSpec spec;
  final CudaStream stream;
  final CudaMemory memory;
  final CudnnPlan plan;
  final DeviceBuffer x;
  final DeviceBuffer y;
  final DeviceBuffer gamma;
  final DeviceBuffer beta;
  final RunningStatistics running;
  final SavedStatistics saved;

  /** x and y are 0, gamma and beta are 1. */
  ProbeRig(BatchNormSpec spec, CudaStream stream, boolean persistent) {
    this.spec = spec;
    this.stream = stream;
    memory = new CudaMemory(stream);
    plan = CudnnPlan.make(spec, stream, persistent);
    x = memory.allocate(spec.dataType(), spec.shape().elements());
    y = memory.allocate(spec.dataType(), spec.shape().elements());
    gamma = perChannel(1);
    beta = perChannel(1);
    running = new RunningStatistics(perChannel(0), perChannel(1), null);
    saved = new SavedStatistics(perChannel(0), perChannel(0));
  }

  ProbeRig(BatchNormSpec spec, boolean persistent) {
    this(spec, CudaStream.of(PlanOptions.DEFAULT), persistent);
  }

  DeviceBuffer perChannel(double value) {
    HostTensor values = HostTensor.allocate(spec.statisticsType(), spec.shape().channels());
    for (long c = 0; c < values.elements(); c++) {
      values.set(c, value);
    }
    return memory.copyOf(values);
  }

  /** Normal values, the same in every run. */
  DeviceBuffer random(double mean, double deviation, int seed) {
    Random random = new Random(seed);
    HostTensor values = HostTensor.allocate(spec.dataType(), spec.shape().elements());
    for (long i = 0; i < values.elements(); i++) {
      values.set(i, mean + deviation * random.nextGaussian());
    }
    return memory.copyOf(values);
  }

  ForwardTensors forward(DeviceBuffer input, DeviceBuffer output) {
    return ForwardTensors.builder(input, output)
        .affine(gamma, beta)
        .running(running)
        .saved(saved)
        .build();
  }

  BackwardTensors backward(DeviceBuffer input, DeviceBuffer dy, DeviceBuffer dx) {
    return BackwardTensors.builder(forward(input, y), dy, dx)
        .affine(perChannel(0), perChannel(0))
        .build();
  }

  DeviceBuffer like(DeviceBuffer original) {
    DeviceBuffer copy = memory.allocate(original.dataType(), original.elements());
    copy.copyAsync(original, stream);
    return copy;
  }

  /** One element, for tensors that are too large to read. */
  double at(DeviceBuffer buffer, long index) {
    DataType type = buffer.dataType();
    ByteBuffer bytes = ByteBuffer.allocateDirect(type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    buffer.readAsync(index * type.bytes(), bytes, stream);
    stream.synchronize();
    return HostTensor.ofBuffers(type, bytes).get(0);
  }

  @Override
  public void close() {
    plan.close();
    memory.close();
  }
}
