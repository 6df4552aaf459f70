package io.github.bn4j.backend.cudnn;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where cuDNN may be: the folder the user names, and no other, if there is one; else the loader's
 * path, the folders of CUDA, of distributions and conda, and the wheels of Python packages.
 *
 * @param fileName the library's file name on this system
 * @param folders in order, whether or not they exist
 */
record CudnnPlaces(String fileName, List<Path> folders) {
  /** The property by which a user names the folder; {@code --cudnn-dir} sets it. */
  static final String PROPERTY = "bn4j.cudnn.dir";

  /** Inside a folder of Python packages. */
  private static final Path WHEEL = Path.of("nvidia", "cudnn");

  static CudnnPlaces ofThisMachine() {
    boolean windows = System.getProperty("os.name").startsWith("Windows");
    String named = System.getProperty(PROPERTY);
    return new CudnnPlaces(
        windows ? "cudnn64_9.dll" : "libcudnn.so.9",
        named == null ? search(System.getenv(), windows) : List.of(Path.of(named)));
  }

  static List<Path> search(Map<String, String> environment, boolean windows) {
    Set<Path> folders = new LinkedHashSet<>();
    addAll(folders, environment.get(windows ? "PATH" : "LD_LIBRARY_PATH"));
    addAll(folders, System.getProperty("java.library.path"));
    addBelow(folders, environment.get("CUDNN_PATH"), windows);
    addBelow(folders, environment.get("CUDA_HOME"), windows);
    addBelow(folders, environment.get("CUDA_PATH"), windows);
    addBelow(folders, environment.get("CONDA_PREFIX"), windows);
    if (!windows) {
      for (String root : List.of("/usr/local/cuda", "/usr/local/cudnn", "/opt/cuda", "/usr")) {
        addBelow(folders, root, false);
      }
      folders.add(Path.of("/usr/lib/x86_64-linux-gnu"));
      folders.add(Path.of("/usr/local/lib"));
    }
    addWheels(folders, environment, windows);
    return List.copyOf(folders);
  }

  private static void addAll(Set<Path> folders, @Nullable String path) {
    if (path != null) {
      for (String folder : path.split(File.pathSeparator)) {
        if (!folder.isEmpty()) {
          folders.add(Path.of(folder));
        }
      }
    }
  }

  private static void addBelow(Set<Path> folders, @Nullable String root, boolean windows) {
    if (root != null && !root.isEmpty()) {
      for (String name : windows ? List.of("bin") : List.of("lib64", "lib")) {
        folders.add(Path.of(root, name));
      }
    }
  }

  private static void addWheels(
      Set<Path> folders, Map<String, String> environment, boolean windows) {
    List<Path> roots = new ArrayList<>();
    for (String variable : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
      String root = environment.get(variable);
      if (root != null && !root.isEmpty()) {
        roots.add(Path.of(root));
      }
    }
    roots.add(Path.of(System.getProperty("user.home"), ".local"));
    if (!windows) {
      roots.addAll(List.of(Path.of("/usr"), Path.of("/usr/local"), Path.of("/opt/conda")));
    }
    for (Path root : roots) {
      for (Path python : pythons(root.resolve(windows ? "Lib" : "lib"), windows)) {
        for (String packages : List.of("site-packages", "dist-packages")) {
          Path wheel = python.resolve(packages).resolve(WHEEL).resolve(windows ? "bin" : "lib");
          if (Files.isDirectory(wheel)) {
            folders.add(wheel);
          }
        }
      }
    }
  }

  /** Folders such as lib/python3.11; on Windows the packages lie in Lib itself. */
  private static List<Path> pythons(Path lib, boolean windows) {
    if (windows) {
      return List.of(lib);
    }
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(lib, "python3*")) {
      entries.forEach(found::add);
    } catch (IOException e) {
      return List.of();
    }
    Collections.sort(found);
    return found;
  }
}
