package io.github.bn4j.backend.cudnn;

import io.github.bn4j.backend.Support;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jcuda.jcudnn.JCudnn;
import org.jspecify.annotations.Nullable;

/**
 * Finds and loads cuDNN, once, and remembers the answer.
 *
 * <p>JCudnn is linked against {@code libcudnn.so.9} by name. Loading that file by its full path
 * before JCudnn is touched makes any place do.
 */
final class CudnnLibrary {
  /** What JCudnn 12.6's natives are linked against. */
  static final int MAJOR = 9;

  private static volatile @Nullable CudnnLibrary library;

  private final Support support;
  private final String description;

  private CudnnLibrary(Support support, String description) {
    this.support = support;
    this.description = description;
  }

  /** The answer; the first call finds it. Never throws. */
  static CudnnLibrary get() {
    CudnnLibrary known = library;
    return known != null ? known : findOnce();
  }

  private static synchronized CudnnLibrary findOnce() {
    CudnnLibrary known = library;
    if (known == null) {
      known = find(CudnnPlaces.ofThisMachine());
      library = known;
    }
    return known;
  }

  Support support() {
    return support;
  }

  /** For reports: "cuDNN 9.5.1 from /usr/lib/...". */
  String description() {
    return description;
  }

  /** Tries the places in order. */
  static CudnnLibrary find(CudnnPlaces places) {
    List<String> failures = new ArrayList<>();
    for (Path folder : places.folders()) {
      Path file = folder.resolve(places.fileName());
      if (!Files.isReadable(file)) {
        continue;
      }
      try {
        System.load(file.toAbsolutePath().toString());
        return ask(file);
      } catch (LinkageError | RuntimeException e) {
        failures.add(file + ": " + firstLine(e));
      }
    }
    return no(notFound(places, failures));
  }

  private static CudnnLibrary ask(Path file) {
    int[] version = new int[3];
    for (int part = 0; part < version.length; part++) {
      int[] value = new int[1];
      CudnnStatus.check("cudnnGetProperty", JCudnn.cudnnGetProperty(part, value));
      version[part] = value[0];
    }
    String text = version[0] + "." + version[1] + "." + version[2];
    return version[0] == MAJOR
        ? new CudnnLibrary(Support.yes(), "cuDNN " + text + " from " + file)
        : no("expected cuDNN " + MAJOR + ", got " + text + " in " + file + "; install cuDNN 9");
  }

  private static String notFound(CudnnPlaces places, List<String> failures) {
    return places.fileName()
        + (failures.isEmpty() ? " not found" : " cannot be loaded (" + failures + ")")
        + "; looked in "
        + places.folders()
        + "; install cuDNN 9, or name its folder with --cudnn-dir or -D"
        + CudnnPlaces.PROPERTY
        + "=...";
  }

  private static CudnnLibrary no(String reason) {
    return new CudnnLibrary(Support.no("cudnn: " + reason), "none");
  }

  private static String firstLine(Throwable failure) {
    return String.valueOf(failure.getMessage()).lines().findFirst().orElse(failure.toString());
  }
}
