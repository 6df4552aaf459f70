package io.github.bn4j.cli;

import io.github.bn4j.api.Backends;
import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.Support;
import io.github.bn4j.backend.ptx.PtxBackend;
import io.github.bn4j.backend.ptx.Tier;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Mixed into commands that run several backends: the options {@code --backend} and {@code --tier}.
 */
@Command
final class BackendsOption {
  @Option(
      names = "--backend",
      split = ",",
      paramLabel = "NAME",
      description =
          "Backends, separated by commas: cudnn, ptx, cpu, reference, cudnn-persistent. Default:"
              + " all that this machine has.")
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--tier",
      split = ",",
      paramLabel = "TIER",
      converter = Choices.OfTier.class,
      description =
          "Backend ptx in these tiers and no other: block, cluster, grid, two-pass. What a tier"
              + " cannot do is refused. Default: ptx chooses for each pass.")
  private List<Tier> tiers = new ArrayList<>();

  /** True unless there are none, or only the word that stands for the default. */
  boolean areGiven() {
    return !tiers.isEmpty() || (!names.isEmpty() && !names.equals(List.of(Backends.AUTO)));
  }

  /** The backends named, each of which this machine has; without names those that pass the test. */
  List<Backend> chosen(Predicate<Backend> byDefault) {
    if (!areGiven()) {
      return Backends.all().stream().filter(byDefault).toList();
    }
    List<Backend> chosen = tiers.isEmpty() ? named() : inTiers();
    for (Backend backend : chosen) {
      Support support = backend.available();
      if (!support.isYes()) {
        throw Failure.notAvailable("--backend: %s: %s".formatted(backend.name(), support.reason()));
      }
    }
    return chosen;
  }

  private List<Backend> named() {
    return names.stream().map(Backends::byName).toList();
  }

  /** The named ones, with one backend per tier in the place of ptx. */
  private List<Backend> inTiers() {
    List<Backend> inTiers = tiers.stream().<Backend>map(PtxBackend::forced).toList();
    if (names.isEmpty()) {
      return inTiers;
    }
    if (!names.contains(PtxBackend.NAME)) {
      throw Failure.badInput("--tier: expected ptx among the backends, got " + names);
    }
    return names.stream()
        .flatMap(
            name ->
                name.equals(PtxBackend.NAME) ? inTiers.stream() : Stream.of(Backends.byName(name)))
        .toList();
  }
}
