package io.github.bn4j.backend.cudnn;

import io.github.bn4j.cuda.DeviceBuffer;
import io.github.bn4j.cuda.DevicePointer;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.SingleValuePolicy;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.op.TensorShape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnHandle;

/** Probes of cuDNN's own running statistics, which the backend never uses. */
final class RunningProbe {
  private RunningProbe() {}

  static String variance(DataType type) {
    double stored = stored(type, 4, 2);
    double population = 4;
    double unbiased = population * 8 / 7;
    String kind =
        Math.abs(stored - unbiased) < 1e-3
            ? "unbiased"
            : Math.abs(stored - population) < 1e-3 ? "population" : "neither";
    return "%s (%.6f; population %.6f, unbiased %.6f)"
        .formatted(kind, stored, population, unbiased);
  }

  static String singleValue() {
    return Double.toString(stored(DataType.F32, 1, 1));
  }

  /** The running variance after a batch whose values are 2 away from their mean, factor 1. */
  private static double stored(DataType type, long n, long positions) {
    BatchNormSpec spec =
        BatchNormSpec.builder(TensorShape.of(n, 1, positions))
            .dataType(type)
            .mode(Mode.TRAINING)
            .singleValue(SingleValuePolicy.POPULATION)
            .build();
    int mode = CudnnDescriptors.modeOf(spec, false);
    try (ProbeRig rig = new ProbeRig(spec, false);
        CudnnDescriptors d = new CudnnDescriptors(spec, mode)) {
      DeviceBuffer x = alternating(rig);
      CudnnHandle shared = CudnnHandle.acquire(rig.stream.context());
      rig.stream.context().enter();
      try {
        cudnnHandle handle = shared.use(rig.stream);
        boolean wide = type == DataType.F64;
        Pointer one = scalar(wide, 1);
        Pointer zero = scalar(wide, 0);
        CudnnStatus.check(
            "cudnnBatchNormalizationForwardTraining",
            JCudnn.cudnnBatchNormalizationForwardTraining(
                handle,
                mode,
                one,
                zero,
                d.x(),
                new DevicePointer(x.address()),
                d.x(),
                new DevicePointer(rig.y.address()),
                d.perChannel(),
                new DevicePointer(rig.gamma.address()),
                new DevicePointer(rig.beta.address()),
                1,
                pointer(rig.running.mean()),
                pointer(rig.running.variance()),
                spec.epsilon(),
                pointer(rig.saved.mean()),
                pointer(rig.saved.invStd())));
      } finally {
        rig.stream.context().exit();
        shared.release();
      }
      return rig.at((DeviceBuffer) rig.running.variance(), 0);
    }
  }

  private static DevicePointer pointer(Tensor tensor) {
    return new DevicePointer(((DeviceBuffer) tensor).address());
  }

  private static DeviceBuffer alternating(ProbeRig rig) {
    HostTensor values = HostTensor.allocate(rig.spec.dataType(), rig.x.elements());
    for (long i = 0; i < values.elements(); i++) {
      values.set(i, i % 2 == 0 ? 1 : 5);
    }
    return rig.memory.copyOf(values);
  }

  private static Pointer scalar(boolean wide, int value) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
    if (wide) {
      bytes.putDouble(0, value);
    } else {
      bytes.putFloat(0, value);
    }
    return Pointer.toBuffer(bytes);
  }
}
