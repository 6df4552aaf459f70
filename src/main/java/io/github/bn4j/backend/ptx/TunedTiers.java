package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tiers that {@code bn4j tune} found to be the fastest on this machine, in a file of the user's
 * configuration. Plans take them before {@link TierTuning}'s rule. A file that is wrong, or made
 * with another driver or other kernels, is ignored with one warning.
 */
public final class TunedTiers {
  /** Names another file, or none: {@value #OFF}. */
  public static final String PROPERTY = "bn4j.tuned";

  /** As the property, for the environment. */
  public static final String VARIABLE = "BN4J_TUNED";

  /** Turns tuned tiers off. */
  public static final String OFF = "off";

  private static final Logger LOG = LoggerFactory.getLogger(TunedTiers.class);

  /** Files as they were when first asked for. */
  private static final Map<Path, Optional<TunedFile>> READ = new ConcurrentHashMap<>();

  private static final Set<String> WARNED = ConcurrentHashMap.newKeySet();

  private TunedTiers() {}

  /** The file that is consulted; null if that is turned off. */
  public static @Nullable Path file() {
    String named = System.getProperty(PROPERTY, System.getenv(VARIABLE));
    if (named == null || named.isEmpty()) {
      return defaultFile();
    }
    return named.equals(OFF) ? null : Path.of(named);
  }

  /** {@code bn4j/tuned.txt} in the user's folder for configuration. */
  public static Path defaultFile() {
    boolean windows =
        System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows");
    String folder = System.getenv(windows ? "APPDATA" : "XDG_CONFIG_HOME");
    Path base =
        folder == null || folder.isEmpty()
            ? Path.of(System.getProperty("user.home", "."), ".config")
            : Path.of(folder);
    return base.resolve("bn4j").resolve("tuned.txt");
  }

  /** The tuned choice for a pass; null if there is none, or the device cannot do it. */
  static @Nullable TierChoice choose(CudaDevice device, Problem problem) {
    Path file = file();
    Optional<TunedFile> tuned = file == null ? Optional.empty() : read(file);
    if (file == null || tuned.isEmpty()) {
      return null;
    }
    if (tuned.get().isStale(device)) {
      warn(file, "made with another driver or other kernels, hence ignored; run bn4j tune again");
      return null;
    }
    String pass = TunedFile.pass(problem.direction(), problem.spec());
    Way way = tuned.get().way(TunedFile.section(device), pass);
    if (way == null) {
      return null;
    }
    TierFit fit = TierTuning.fit(way, problem);
    if (!fit.can(way)) {
      warn(file, "%s: tier %s ignored: %s".formatted(pass, way.label(), fit.reason()));
      return null;
    }
    String why = "tuned: %s was the fastest when measured, by %s".formatted(way.label(), file);
    return new TierChoice(problem.direction(), way.tier(), fit.cut(), why);
  }

  private static Optional<TunedFile> read(Path file) {
    return READ.computeIfAbsent(
        file,
        path -> {
          if (!Files.isRegularFile(path)) {
            return Optional.empty();
          }
          try {
            return Optional.of(TunedFile.parse(Files.readString(path)));
          } catch (IOException | IllegalArgumentException e) {
            warn(path, "ignored: " + e.getMessage());
            return Optional.empty();
          }
        });
  }

  private static void warn(Path file, String what) {
    String text = file + ": " + what;
    if (WARNED.add(text)) {
      LOG.warn("{}", text);
    }
  }

  /** Files are read anew when next asked for. */
  public static void forget() {
    READ.clear();
    WARNED.clear();
  }
}
