package io.github.bn4j.backend.cudnn;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.Support;
import io.github.bn4j.cuda.CudaMemory;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.cuda.DeviceException;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SavedStatistics;
import io.github.bn4j.op.TensorShape;
import org.jspecify.annotations.Nullable;

/**
 * Whether the plain calls take bf16 on device 0, found out by trying, once.
 *
 * <p>NVIDIA's documents don't say. TensorFlow (pull request 58512) uses it on devices of compute
 * capability 8.0 and newer; a library and device that do not are told from the status of a call, or
 * from a wrong result.
 */
final class CudnnBrainFloat {
  private static final Layout[] LAYOUTS = Layout.values();

  /** bf16 keeps 8 bits, and the right result is exactly representable. */
  private static final double CLOSE = 0x1p-7;

  private static volatile @Nullable Support answer;

  private CudnnBrainFloat() {}

  /** The answer; cuDNN has to be available. */
  static Support support() {
    Support known = answer;
    return known != null ? known : askOnce();
  }

  private static synchronized Support askOnce() {
    Support known = answer;
    if (known == null) {
      known = ask();
      answer = known;
    }
    return known;
  }

  private static Support ask() {
    try {
      for (Layout layout : LAYOUTS) {
        for (Mode mode : new Mode[] {Mode.TRAINING, Mode.INFERENCE}) {
          for (TensorShape shape :
              new TensorShape[] {TensorShape.of(2, 2), TensorShape.of(1, 2, 2)}) {
            attempt(BatchNormSpec.builder(shape).dataType(DataType.BF16).mode(mode).layout(layout));
          }
        }
      }
      return Support.yes();
    } catch (DeviceException e) {
      return Support.no("cudnn: bf16 was tried and refused (" + e.getMessage() + "); use ptx");
    }
  }

  /** Of pairs of -1 and 1, whose mean is 0 and whose variance is 1, batch norm changes nothing. */
  private static void attempt(BatchNormSpec.Builder builder) {
    BatchNormSpec spec = builder.epsilon(1e-6).build();
    boolean interleaved = spec.shape().rank() == 3 && spec.layout() == Layout.CHANNEL_SECOND;
    float[] values = interleaved ? new float[] {-1, 1, -1, 1} : new float[] {-1, -1, 1, 1};
    HostTensor pairs = HostTensor.allocate(DataType.BF16, values.length);
    for (int i = 0; i < values.length; i++) {
      pairs.set(i, values[i]);
    }
    CudaStream stream = CudaStream.of(PlanOptions.DEFAULT);
    try (CudaMemory memory = new CudaMemory(stream);
        CudnnPlan plan = CudnnPlan.make(spec, stream, false)) {
      var y = memory.allocate(DataType.BF16, values.length);
      plan.forward(
          ForwardTensors.builder(memory.copyOf(pairs), y)
              .affine(memory.copyOf(HostTensor.of(1f, 1f)), memory.copyOf(HostTensor.of(0f, 0f)))
              .running(
                  new RunningStatistics(
                      memory.copyOf(HostTensor.of(0f, 0f)),
                      memory.copyOf(HostTensor.of(1f, 1f)),
                      null))
              .saved(
                  new SavedStatistics(
                      memory.allocate(DataType.F32, 2), memory.allocate(DataType.F32, 2)))
              .build());
      HostTensor result = memory.toHost(y);
      for (int i = 0; i < values.length; i++) {
        if (!(Math.abs(result.get(i) - values[i]) <= CLOSE)) {
          throw new DeviceException(
              "%s: expected y[%d] = %s, got %s"
                  .formatted(spec.describe(), i, values[i], result.get(i)),
              0);
        }
      }
    }
  }
}
