package io.github.bn4j.cli;

import io.github.bn4j.api.Backends;
import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.Support;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Mixed into commands that run several backends: the option {@code --backend}. */
@Command
final class BackendNames {
  @Option(
      names = "--backend",
      split = ",",
      paramLabel = "NAME",
      description =
          "Backends, separated by commas: cudnn, ptx, cpu, reference. Default: all that this"
              + " machine has.")
  private List<String> names = new ArrayList<>();

  /** True unless there are none, or only the word that stands for the default. */
  boolean areGiven() {
    return !names.isEmpty() && !names.equals(List.of(Backends.AUTO));
  }

  /** The backends named, each of which this machine has; without names those that pass the test. */
  List<Backend> chosen(Predicate<Backend> byDefault) {
    if (!areGiven()) {
      return Backends.all().stream().filter(byDefault).toList();
    }
    List<Backend> chosen = new ArrayList<>();
    for (String name : names) {
      Backend backend = Backends.byName(name);
      Support support = backend.available();
      if (!support.isYes()) {
        throw Failure.notAvailable("--backend: %s: %s".formatted(name, support.reason()));
      }
      chosen.add(backend);
    }
    return chosen;
  }
}
