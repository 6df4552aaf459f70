package io.github.bn4j.io;

import io.github.bn4j.op.Convention;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The batch norms in a file, by one framework's names, and whatever else the file holds.
 *
 * <p>A batch norm is where a running mean and a running variance stand side by side: {@code
 * bn1.running_mean} and {@code bn1.running_var}. The separator is a dot or a slash. Flax files may
 * keep statistics and parameters apart ({@code batch_stats/bn1/mean}, {@code params/bn1/scale}):
 * that is read, and written without these two words.
 *
 * @param convention whose names are used
 * @param layers in the file's order
 * @param others all other tensors, and the file's metadata; never changed
 */
public record Checkpoint(Convention convention, List<CheckpointLayer> layers, NamedTensors others) {
  private static final String FLAX_STATISTICS = "batch_stats";
  private static final String FLAX_PARAMETERS = "params";

  /** Copies the list. */
  public Checkpoint {
    layers = List.copyOf(layers);
  }

  /**
   * Reads a safetensors file and finds its batch norms.
   *
   * @throws MalformedFileException if it is no such file, or a batch norm in it is incomplete
   * @throws IOException if it cannot be read
   */
  public static Checkpoint read(Path file, Convention convention) throws IOException {
    NamedTensors tensors = Safetensors.read(file);
    try {
      return of(convention, tensors, List.of());
    } catch (IllegalArgumentException e) {
      throw new MalformedFileException(file, String.valueOf(e.getMessage()));
    }
  }

  /**
   * Finds the batch norms among tensors.
   *
   * @param only prefixes of the layers to take, with or without the separator; none for all
   * @throws IllegalArgumentException if a layer is incomplete, has wrong sizes or types, or is not
   *     there
   */
  public static Checkpoint of(
      Convention convention, NamedTensors tensors, Collection<String> only) {
    return new Finder(convention, tensors).find(only);
  }

  /** The frameworks by whose names the tensors hold at least one batch norm. */
  public static Set<Convention> conventionsIn(NamedTensors tensors) {
    Set<Convention> found = EnumSet.noneOf(Convention.class);
    for (Convention convention :
        List.of(Convention.PYTORCH, Convention.KERAS, Convention.ONNX, Convention.FLAX)) {
      Finder finder = new Finder(convention, tensors);
      if (finder.prefixes(finder.names.mean()).stream()
          .anyMatch(finder.prefixes(finder.names.variance())::contains)) {
        found.add(convention);
      }
    }
    return found;
  }

  /**
   * The layer of a prefix, with or without its separator.
   *
   * @throws IllegalArgumentException if there is none, with the prefixes there are
   */
  public CheckpointLayer layer(String prefix) {
    for (CheckpointLayer layer : layers) {
      if (isNamed(layer.prefix(), prefix)) {
        return layer;
      }
    }
    throw new IllegalArgumentException(
        "layer: expected one of %s, got \"%s\""
            .formatted(layers.stream().map(CheckpointLayer::label).toList(), prefix));
  }

  /**
   * All tensors, the layers' by the convention's names.
   *
   * @throws IllegalArgumentException if a name would be given twice
   */
  public NamedTensors toTensors() {
    CheckpointNames names = CheckpointNames.of(convention);
    Map<String, StoredTensor> all = new LinkedHashMap<>(others.tensors());
    for (CheckpointLayer layer : layers) {
      put(all, layer.prefix() + names.scale(), layer.scale());
      put(all, layer.prefix() + names.shift(), layer.shift());
      put(all, layer.prefix() + names.mean(), layer.mean());
      put(all, layer.prefix() + names.variance(), layer.variance());
      if (names.batches() != null) {
        put(all, layer.prefix() + names.batches(), layer.batches());
      }
    }
    return new NamedTensors(all, others.metadata());
  }

  private static void put(
      Map<String, StoredTensor> all, String name, @Nullable StoredTensor tensor) {
    if (tensor != null && all.putIfAbsent(name, tensor) != null) {
      throw new IllegalArgumentException(
          name
              + ": expected this name to be free, got another tensor of it; rename that one first");
    }
  }

  /** Writes a safetensors file, as a whole or not at all. */
  public void write(Path file) throws IOException {
    Safetensors.write(file, toTensors());
  }

  private static boolean isNamed(String prefix, String wanted) {
    return prefix.equals(wanted)
        || (prefix.length() == wanted.length() + 1 && prefix.startsWith(wanted));
  }

  /** Looks through the names of one file. */
  private static final class Finder {
    private final Convention convention;
    private final CheckpointNames names;
    private final NamedTensors file;
    private final Map<String, StoredTensor> rest;

    private Finder(Convention convention, NamedTensors file) {
      this.convention = convention;
      this.names = CheckpointNames.of(convention);
      this.file = file;
      this.rest = new LinkedHashMap<>(file.tensors());
    }

    private List<String> prefixes(String name) {
      List<String> prefixes = new ArrayList<>();
      for (String full : file.tensors().keySet()) {
        String prefix = full.substring(0, Math.max(0, full.length() - name.length()));
        if (full.endsWith(name)
            && (prefix.isEmpty() || prefix.endsWith(".") || prefix.endsWith("/"))) {
          prefixes.add(prefix);
        }
      }
      return prefixes;
    }

    private Checkpoint find(Collection<String> only) {
      List<CheckpointLayer> layers = new ArrayList<>();
      for (String prefix : prefixes(names.mean())) {
        if (isWanted(prefix, only)) {
          layers.add(layer(prefix));
        }
      }
      for (String prefix : prefixes(names.variance())) {
        if (isWanted(prefix, only) && rest.containsKey(prefix + names.variance())) {
          throw missing(prefix + names.mean(), prefix + names.variance());
        }
      }
      for (String name : only) {
        if (layers.stream().noneMatch(layer -> isNamed(layer.prefix(), name))) {
          throw new IllegalArgumentException(
              "layer: expected the prefix of a tensor %s, one of %s, got \"%s\""
                  .formatted(names.mean(), prefixes(names.mean()), name));
        }
      }
      return new Checkpoint(convention, layers, new NamedTensors(rest, file.metadata()));
    }

    private static boolean isWanted(String prefix, Collection<String> only) {
      return only.isEmpty()
          || only.stream()
              .anyMatch(name -> isNamed(prefix, name) || isNamed(withoutCollection(prefix), name));
    }

    private CheckpointLayer layer(String statistics) {
      StoredTensor mean = take(statistics + names.mean());
      StoredTensor variance = take(statistics + names.variance());
      if (mean == null || variance == null) {
        throw missing(statistics + names.variance(), statistics + names.mean());
      }
      String parameters = statistics;
      String prefix = statistics;
      if (convention == Convention.FLAX) {
        prefix = withoutCollection(statistics);
        parameters =
            prefix.equals(statistics)
                ? statistics
                : FLAX_PARAMETERS + statistics.substring(FLAX_STATISTICS.length());
      }
      return new CheckpointLayer(
          prefix,
          take(parameters + names.scale()),
          take(parameters + names.shift()),
          mean,
          variance,
          names.batches() == null ? null : take(prefix + names.batches()));
    }

    private static String withoutCollection(String prefix) {
      int length = FLAX_STATISTICS.length();
      boolean apart =
          prefix.startsWith(FLAX_STATISTICS)
              && prefix.length() > length
              && (prefix.charAt(length) == '/' || prefix.charAt(length) == '.');
      return apart ? prefix.substring(length + 1) : prefix;
    }

    private @Nullable StoredTensor take(String name) {
      return rest.remove(name);
    }

    private static IllegalArgumentException missing(String name, String beside) {
      return new IllegalArgumentException(
          name
              + ": expected it beside "
              + beside
              + ", got none; if that is no batch norm, name the layers that are");
    }
  }
}
