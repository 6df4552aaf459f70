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
    EngineProvider provider = providerFor(backendName);
    Support support = available(backendName);
    if (!support.isYes()) {
      throw new IllegalArgumentException("backend: " + support.reason());
    }
    return new Choice(provider, backendName);
  }

  /**
   * Whether this machine has the backend and the engine that goes with it; for {@code auto} it
   * always has some.
   *
   * @throws IllegalArgumentException for an unknown backend
   */
  public static Support available(String backendName) {
    if (backendName.equals(Backends.AUTO)) {
      return Support.yes();
    }
    Support backend = Backends.byName(backendName).available();
    Support engine = providerFor(backendName).available();
    Support first = backend.isYes() ? engine : backend;
    return first.isYes() ? first : Support.no("%s: %s".formatted(backendName, first.reason()));
  }

  private static EngineProvider providerFor(String backendName) {
    Backend backend = Backends.byName(backendName);
    return LIST.stream()
        .filter(one -> one.onDevice() == backend.onDevice())
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "backend: expected one for which there is an engine, got " + backendName));
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
