package io.github.bn4j.backend.cpu;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SavedStatistics;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** One spec with seeded random tensors; runs forward and backward and names what came out. */
final class CpuCase {
  private final BatchNormSpec spec;
  private final BiFunction<DataType, Long, HostTensor> memory;
  private final boolean mask;

  CpuCase(BatchNormSpec spec, BiFunction<DataType, Long, HostTensor> memory, boolean mask) {
    this.spec = spec;
    this.memory = memory;
    this.mask = mask;
  }

  CpuCase(BatchNormSpec spec) {
    this(spec, HostTensor::allocate, false);
  }

  /** Direct buffers of at most so many elements each. */
  static BiFunction<DataType, Long, HostTensor> buffers(int segmentElements) {
    return (type, elements) -> {
      List<ByteBuffer> segments = new ArrayList<>();
      for (long at = 0; at == 0 || at < elements; at += segmentElements) {
        int count = (int) Math.min(segmentElements, elements - at);
        segments.add(ByteBuffer.allocateDirect(count * type.bytes()));
      }
      return HostTensor.ofBuffers(type, segments.toArray(ByteBuffer[]::new));
    };
  }

  /** The results by name, in a fixed order. */
  Map<String, HostTensor> run(Backend backend, int threads) {
    Map<String, HostTensor> out = new LinkedHashMap<>();
    try (Plan plan = backend.plan(spec, PlanOptions.DEFAULT.withThreads(threads))) {
      ForwardTensors forward = forwardTensors(plan, out);
      plan.forward(forward);
      if (spec.mode() != Mode.INFERENCE) {
        plan.backward(backwardTensors(forward, out));
      }
    }
    return out;
  }

  ForwardTensors forwardTensors(Plan plan, Map<String, HostTensor> out) {
    HostTensor x = random(1, spec.shape().elements(), spec.dataType(), 0.7);
    HostTensor y = put(out, "y", spec.shape().elements(), spec.dataType());
    boolean relu = spec.activation() == Activation.RELU;
    return ForwardTensors.builder(x, y)
        .residual(
            spec.hasResidual() ? random(2, spec.shape().elements(), spec.dataType(), 0) : null)
        .affine(
            spec.hasScale() ? random(3, channels(), spec.statisticsType(), 1) : null,
            spec.hasShift() ? random(4, channels(), spec.statisticsType(), 0) : null)
        .running(spec.tracksRunningStatistics() ? running(out) : null)
        .saved(
            new SavedStatistics(
                put(out, "savedMean", channels(), spec.statisticsType()),
                put(out, "savedInvStd", channels(), spec.statisticsType())))
        .reserve(relu && mask ? memory.apply(DataType.U8, plan.reserveBytes()) : null)
        .build();
  }

  private RunningStatistics running(Map<String, HostTensor> out) {
    HostTensor mean = random(5, channels(), spec.statisticsType(), 0);
    HostTensor variance = random(6, channels(), spec.statisticsType(), 0);
    for (int c = 0; c < channels(); c++) {
      variance.set(c, variance.get(c) * variance.get(c) + 0.3);
    }
    out.put("runningMean", mean);
    out.put("runningVariance", variance);
    return new RunningStatistics(mean, variance, put(out, "batches", 1, DataType.I64));
  }

  BackwardTensors backwardTensors(ForwardTensors forward, Map<String, HostTensor> out) {
    long elements = spec.shape().elements();
    HostTensor dy = random(7, elements, spec.dataType(), 0.1);
    return BackwardTensors.builder(forward, dy, put(out, "dx", elements, spec.dataType()))
        .dResidual(spec.hasResidual() ? put(out, "dResidual", elements, spec.dataType()) : null)
        .affine(
            spec.hasScale() ? put(out, "dGamma", channels(), spec.statisticsType()) : null,
            spec.hasShift() ? put(out, "dBeta", channels(), spec.statisticsType()) : null)
        .build();
  }

  private long channels() {
    return spec.shape().channels();
  }

  private HostTensor put(Map<String, HostTensor> out, String name, long elements, DataType type) {
    HostTensor tensor = memory.apply(type, elements);
    out.put(name, tensor);
    return tensor;
  }

  private HostTensor random(int seed, long elements, DataType type, double mean) {
    Random random = new Random(seed);
    HostTensor tensor = memory.apply(type, elements);
    for (long i = 0; i < elements; i++) {
      tensor.set(i, mean + random.nextGaussian());
    }
    return tensor;
  }

  /**
   * The first difference beyond a bound, or null.
   *
   * @param bound relative to the value; the parameters' gradients are sums of m terms that cancel,
   *     so for them it is relative to m, and a hundredth suffices
   */
  static @Nullable String difference(
      Map<String, HostTensor> expected, Map<String, HostTensor> got, double bound) {
    for (Map.Entry<String, HostTensor> entry : expected.entrySet()) {
      HostTensor want = entry.getValue();
      HostTensor have = Objects.requireNonNull(got.get(entry.getKey()), entry.getKey());
      for (long i = 0; i < want.elements(); i++) {
        double error = Math.abs(want.get(i) - have.get(i));
        boolean sum = entry.getKey().equals("dGamma") || entry.getKey().equals("dBeta");
        double terms = sum ? (double) dxElements(got) / want.elements() : 0;
        double scale = Math.max(Math.abs(want.get(i)), 0.01 * terms);
        if (!(error <= bound * (1 + scale))) {
          return "%s[%d]: expected %s, got %s"
              .formatted(entry.getKey(), i, want.get(i), have.get(i));
        }
      }
    }
    return null;
  }

  private static long dxElements(Map<String, HostTensor> got) {
    return Objects.requireNonNull(got.get("dx")).elements();
  }
}
