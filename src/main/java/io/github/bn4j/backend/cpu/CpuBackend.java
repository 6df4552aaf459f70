package io.github.bn4j.backend.cpu;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.HostMemory;
import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.Support;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import java.util.Optional;

/** The parallel, vectorised backend for processors; available everywhere. */
public final class CpuBackend implements Backend {
  private final Optional<KernelProvider> forced;

  /** With the Vector API where the JVM has it, else with plain loops. */
  public CpuBackend() {
    this(Optional.empty());
  }

  private CpuBackend(Optional<KernelProvider> forced) {
    this.forced = forced;
  }

  /** With plain loops even where the Vector API is present; for comparison. */
  public static CpuBackend plain() {
    return new CpuBackend(Optional.of(new PlainProvider()));
  }

  @Override
  public String name() {
    return "cpu";
  }

  /** Which inner loops run here: {@code Vector API, 512 bit} or {@code plain loops}. */
  public String kernels() {
    return provider().describe();
  }

  private KernelProvider provider() {
    return forced.orElseGet(KernelChoice::chosen);
  }

  @Override
  public Support available() {
    return Support.yes();
  }

  @Override
  public Support supports(BatchNormSpec spec) {
    if (spec.shape().channels() > CpuTuning.MAX_CHANNELS) {
      return Support.no(
          "cpu: expected at most %d channels, got %d; use the reference backend"
              .formatted(CpuTuning.MAX_CHANNELS, spec.shape().channels()));
    }
    return available();
  }

  @Override
  public Plan plan(BatchNormSpec spec, PlanOptions options) {
    Support support = supports(spec);
    if (!support.isYes()) {
      throw new IllegalArgumentException(support.reason());
    }
    int threads = options.threads() == 0 ? processors() : options.threads();
    return spec.dataType() == DataType.F64 ? doubles(spec, threads) : floats(spec, threads);
  }

  private static int processors() {
    return Math.min(CpuTuning.MAX_THREADS, Runtime.getRuntime().availableProcessors());
  }

  private Plan floats(BatchNormSpec spec, int threads) {
    KernelProvider provider = provider();
    return new CpuPlan<float[]>(
        spec,
        threads,
        provider.describe(),
        (walk, channels) ->
            new Workspace<>(
                new FloatElements(JdkHalfKernels.orElse(provider.halves())),
                provider.floats(spec.dataType()),
                walk,
                channels));
  }

  private Plan doubles(BatchNormSpec spec, int threads) {
    KernelProvider provider = provider();
    return new CpuPlan<double[]>(
        spec,
        threads,
        provider.describe(),
        (walk, channels) ->
            new Workspace<>(new DoubleElements(), provider.doubles(), walk, channels));
  }

  @Override
  public Memory memory(PlanOptions options) {
    return new HostMemory();
  }
}
