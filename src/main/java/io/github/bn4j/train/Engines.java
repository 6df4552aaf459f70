package io.github.bn4j.train;

import io.github.bn4j.api.Backends;
import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.Support;
import io.github.bn4j.train.cpu.CpuEngineProvider;
import io.github.bn4j.train.cuda.CudaEngineProvider;
import io.github.bn4j.train.engine.Engine;
import io.github.bn4j.train.engine.EngineProvider;
import java.util.List;

/** The list of engines, and which one goes with a backend of batch normalization. */
public final class Engines {
  /** Fastest first. */
  private static final List<EngineProvider> LIST =
      List.of(new CudaEngineProvider(), new CpuEngineProvider());

  private Engines() {}

  /**
   * An engine and the backend that normalizes in its memory.
   *
   * @param provider opens the engine
   * @param backend name of the backend
   */
  public record Choice(EngineProvider provider, String backend) {
    /** Opens the engine. */
    public Engine open(PlanOptions options) {
      return provider.open(options);
    }
  }

  /** All engines. */
  public static List<EngineProvider> all() {
    return LIST;
  }

  /**
   * The engine for a backend, or for {@code auto} the first that this machine has.
   *
   * @throws IllegalArgumentException for an unknown backend, or one that this machine lacks
   */
  public static Choice choose(String backendName) {
    if (backendName.equals(Backends.AUTO)) {
      EngineProvider first =
          LIST.stream().filter(one -> one.available().isYes()).findFirst().orElseThrow();
      return new Choice(first, first.onDevice() ? Backends.AUTO : hostBackend());
    }
    Backend backend = Backends.byName(backendName);
    refuse(backendName, backend.available());
    EngineProvider provider =
        LIST.stream()
            .filter(one -> one.onDevice() == backend.onDevice())
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "backend: expected one for which there is an engine, got " + backendName));
    refuse(backendName, provider.available());
    return new Choice(provider, backendName);
  }

  private static void refuse(String name, Support support) {
    if (!support.isYes()) {
      throw new IllegalArgumentException("backend: %s: %s".formatted(name, support.reason()));
    }
  }

  /** The first backend that works in the memory of the JVM. */
  private static String hostBackend() {
    return Backends.all().stream()
        .filter(one -> !one.onDevice())
        .map(Backend::name)
        .findFirst()
        .orElseThrow();
  }
}
