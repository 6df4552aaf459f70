package io.github.bn4j.api;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.Support;
import io.github.bn4j.op.BatchNormSpec;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Backends in order of preference, those that have to be asked for by name, and the walk along the
 * former. Thread-safe.
 */
final class BackendList {
  private static final Logger log = LoggerFactory.getLogger(Backends.class);

  private final List<Backend> automatic;
  private final List<Backend> backends;

  /** Choices already logged; one per kind of spec, so bounded by their number. */
  private final Set<String> logged = ConcurrentHashMap.newKeySet();

  BackendList(List<Backend> automatic, List<Backend> byNameOnly) {
    this.automatic = List.copyOf(automatic);
    this.backends = Stream.concat(automatic.stream(), byNameOnly.stream()).toList();
  }

  List<Backend> backends() {
    return backends;
  }

  Backend byName(String name) {
    for (Backend backend : backends) {
      if (backend.name().equals(name)) {
        return backend;
      }
    }
    String names = backends.stream().map(Backend::name).collect(Collectors.joining(", "));
    throw new IllegalArgumentException(
        "backend: expected one of " + Backends.AUTO + ", " + names + ", got \"" + name + "\"");
  }

  Backend choose(String name, BatchNormSpec spec, Predicate<Backend> among) {
    if (name.equals(Backends.AUTO)) {
      return first(spec, among);
    }
    Backend backend = byName(name);
    Support support = backend.supports(spec);
    if (!support.isYes()) {
      throw new IllegalArgumentException(
          "backend: %s does not support %s: %s; choose another, or %s"
              .formatted(name, spec.describe(), support.reason(), Backends.AUTO));
    }
    return backend;
  }

  Backend first(BatchNormSpec spec, Predicate<Backend> among) {
    StringBuilder refusals = new StringBuilder();
    for (Backend backend : automatic) {
      if (!among.test(backend)) {
        continue;
      }
      Support support = backend.supports(spec);
      if (support.isYes()) {
        logOnce(backend, spec, refusals.toString());
        return backend;
      }
      refusals.append("; not ").append(backend.name()).append(": ").append(support.reason());
    }
    throw new IllegalArgumentException(
        "backend: none supports " + spec.describe() + refusals + "; see `bn4j info`");
  }

  private void logOnce(Backend chosen, BatchNormSpec spec, String refusals) {
    String kind =
        "%s %s %s %s%s"
            .formatted(
                spec.mode(),
                spec.layout().label(),
                spec.dataType().label(),
                spec.activation(),
                spec.hasResidual() ? " residual" : "");
    if (logged.add(chosen.name() + " " + kind)) {
      log.info("{} computed by backend {}{}", spec.describe(), chosen.name(), refusals);
    }
  }

  String explain(BatchNormSpec spec) {
    StringBuilder text = new StringBuilder();
    boolean taken = false;
    for (Backend backend : backends) {
      Support support = backend.supports(spec);
      boolean takes = support.isYes() && !taken && automatic.contains(backend);
      taken |= takes;
      text.append("%-16s %s%s%n".formatted(backend.name(), support, takes ? ", chosen" : ""));
    }
    return text.toString();
  }
}
