package io.github.bn4j.cli;

import io.github.bn4j.api.Backends;
import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.Support;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.train.Engines;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Mixed into commands that one backend computes: the option {@code --backend}. */
@Command
final class BackendOption {
  @Option(
      names = "--backend",
      paramLabel = "NAME",
      defaultValue = Backends.AUTO,
      description =
          "Who normalizes: auto, cudnn, ptx, cpu, reference or cudnn-persistent. auto takes the"
              + " first that can; a named one is used or refused. Default: ${DEFAULT-VALUE}.")
  private String name = Backends.AUTO;

  /** The backend asked for, if it can compute the spec. */
  Backend of(BatchNormSpec spec) {
    if (name.equals(Backends.AUTO)) {
      return Backends.auto(spec);
    }
    Backend named = Backends.byName(name);
    Support support = named.supports(spec);
    if (!support.isYes()) {
      throw Failure.notAvailable(
          "--backend: %s does not compute %s: %s; choose another, or auto"
              .formatted(name, spec.describe(), support.reason()));
    }
    return named;
  }

  /** The engine of the training workload that goes with it. */
  Engines.Choice engine() {
    Support support = Engines.available(name);
    if (!support.isYes()) {
      throw Failure.notAvailable("--backend: " + support.reason());
    }
    return Engines.choose(name);
  }
}
