package io.github.bn4j.backend.cudnn;

import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.cuda.CudaContext;
import io.github.bn4j.cuda.CudaGraph;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.cuda.DeviceBuffer;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.TensorShape;
import java.util.Arrays;

/** Probes of the plain calls: sizes, types, places. */
final class SizeProbe {
  private SizeProbe() {}

  private static BatchNormSpec spec(DataType type, Mode mode, long... sizes) {
    return BatchNormSpec.builder(TensorShape.of(sizes)).dataType(type).mode(mode).build();
  }

  static String batch(boolean training, long n) {
    return zeros(spec(DataType.F32, training ? Mode.TRAINING : Mode.INFERENCE, n, 1, 2));
  }

  static String twoGigaElements() {
    return zeros(spec(DataType.F16, Mode.TRAINING, 1L << 15, 2, 1L << 15));
  }

  static String manyChannels() {
    return zeros(spec(DataType.F32, Mode.TRAINING, 2, 65536, 2));
  }

  /** Of zeros batch norm makes beta, which is 1; y is 0 where nothing was written. */
  private static String zeros(BatchNormSpec spec) {
    try (ProbeRig rig = new ProbeRig(spec, false)) {
      rig.plan.forward(rig.forward(rig.x, rig.y));
      long last = spec.shape().elements() - 1;
      double[] ends = {rig.at(rig.y, 0), rig.at(rig.y, last / 2), rig.at(rig.y, last)};
      return Arrays.stream(ends).allMatch(v -> v == 1)
          ? "works"
          : "WRONG: expected 1 at both ends and in the middle, got " + Arrays.toString(ends);
    }
  }

  static String bf16() {
    try (ProbeRig rig = new ProbeRig(spec(DataType.BF16, Mode.TRAINING, 8, 2, 16), false)) {
      DeviceBuffer x = rig.random(3, 2, 1);
      rig.plan.forward(rig.forward(x, rig.y));
      double[] y = rig.memory.toHost(rig.y).toDoubles();
      double mean = Arrays.stream(y).average().orElse(Double.NaN);
      // gamma = beta = 1: the mean of y is 1; bf16 rounds each value to 2^-8 of it.
      return Math.abs(mean - 1) < 1e-2 ? "works" : "WRONG: expected y of mean 1, got " + mean;
    }
  }

  static String persistent() {
    StringBuilder answer = new StringBuilder();
    for (double mean : new double[] {100, 1000}) {
      try (ProbeRig rig = new ProbeRig(spec(DataType.F16, Mode.TRAINING, 32, 8, 28, 28), true)) {
        DeviceBuffer x = rig.random(mean, 10, 2);
        rig.plan.forward(rig.forward(x, rig.y));
        double[] y = rig.memory.toHost(rig.y).toDoubles();
        long bad = Arrays.stream(y).filter(v -> !Double.isFinite(v)).count();
        double worst = Arrays.stream(y).map(Math::abs).max().orElse(0);
        answer.append("mean %.0f: %d not finite, largest %.1f; ".formatted(mean, bad, worst));
      }
    }
    return answer.toString();
  }

  static String inPlace() {
    try (ProbeRig rig = new ProbeRig(spec(DataType.F32, Mode.TRAINING, 16, 24, 14, 14), false)) {
      DeviceBuffer x = rig.random(1, 2, 3);
      DeviceBuffer dy = rig.random(0, 1, 4);
      DeviceBuffer inPlace = rig.like(x);
      rig.plan.forward(rig.forward(x, rig.y));
      rig.plan.forward(rig.forward(inPlace, inPlace));
      boolean forward = sameBits(rig, rig.y, inPlace);
      DeviceBuffer dx = rig.memory.allocate(DataType.F32, x.elements());
      DeviceBuffer gradient = rig.like(dy);
      rig.plan.backward(rig.backward(x, dy, dx));
      rig.plan.backward(rig.backward(x, gradient, gradient));
      return "forward " + forward + ", backward " + sameBits(rig, dx, gradient);
    }
  }

  /** Captured before anything else ran, as a user's first step would be. */
  static String capture() {
    CudaContext context = CudaContext.primary(PlanOptions.DEFAULT.device());
    try (CudaStream stream = CudaStream.create(context);
        ProbeRig rig =
            new ProbeRig(spec(DataType.F32, Mode.TRAINING, 16, 24, 14, 14), stream, false)) {
      DeviceBuffer x = rig.random(1, 2, 3);
      DeviceBuffer dy = rig.random(0, 1, 4);
      DeviceBuffer dx = rig.memory.allocate(DataType.F32, x.elements());
      ForwardTensors forward = rig.forward(x, rig.y);
      BackwardTensors backward = rig.backward(x, dy, dx);
      stream.synchronize();
      try (CudaGraph graph =
          CudaGraph.capture(
              stream,
              () -> {
                rig.plan.forward(forward);
                rig.plan.backward(backward);
              })) {
        graph.launch(stream);
      }
      DeviceBuffer replayedY = rig.like(rig.y);
      DeviceBuffer replayedDx = rig.like(dx);
      rig.y.zeroAsync(stream);
      dx.zeroAsync(stream);
      rig.plan.forward(forward);
      rig.plan.backward(backward);
      return "works; same bits as without: forward "
          + sameBits(rig, rig.y, replayedY)
          + ", backward "
          + sameBits(rig, dx, replayedDx);
    }
  }

  private static boolean sameBits(ProbeRig rig, DeviceBuffer a, DeviceBuffer b) {
    return Arrays.equals(rig.memory.toHost(a).toDoubles(), rig.memory.toHost(b).toDoubles());
  }
}
