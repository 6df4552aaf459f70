package io.github.bn4j.train.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Opens a data set by its name: {@code embedded}, {@code mnist}, {@code fashion-mnist}, or a folder
 * with the four files by their usual names, plain or with {@code .gz}.
 */
public final class DataSets {
  /** The name of what every copy of the program has with it. */
  public static final String EMBEDDED = "embedded";

  static final String MNIST = "mnist";
  private static final String FASHION = "fashion-mnist";

  /** Where Debian's package dataset-fashion-mnist puts its files. */
  private static final Path DEBIAN_FASHION = Path.of("/usr/share/datasets/fashion-mnist");

  private static final int IMAGE_AXES = 3;

  private DataSets() {}

  /**
   * Opens a data set.
   *
   * @param cache folder for what is downloaded
   * @throws IOException if a file is missing or damaged, with what to do; nothing is left behind
   */
  public static DataSet open(String name, Path cache) throws IOException {
    return switch (name) {
      case EMBEDDED -> embedded();
      case MNIST -> folder(MNIST, new MnistPackage(cache).folder());
      case FASHION -> fashion();
      default -> {
        Path folder = Path.of(name);
        if (!Files.isDirectory(folder)) {
          throw new IOException(
              "--data: expected %s, %s, %s or a folder with the four IDX files, got \"%s\""
                  .formatted(EMBEDDED, MNIST, FASHION, name));
        }
        yield folder(name, folder);
      }
    };
  }

  private static DataSet fashion() throws IOException {
    if (!Files.isDirectory(DEBIAN_FASHION)) {
      throw new IOException(
          "--data: expected the files of fashion-mnist in %s, found none; install Debian's package dataset-fashion-mnist, or give the folder that has the four IDX files"
              .formatted(DEBIAN_FASHION));
    }
    return folder(FASHION, DEBIAN_FASHION);
  }

  private static DataSet folder(String name, Path folder) throws IOException {
    return new DataSet(name, half(folder, "train"), half(folder, "t10k"));
  }

  private static LabelledImages half(Path folder, String prefix) throws IOException {
    IdxFile images = IdxFile.read(found(folder, prefix + "-images-idx3-ubyte"), IMAGE_AXES);
    IdxFile labels = IdxFile.read(found(folder, prefix + "-labels-idx1-ubyte"), 1);
    return LabelledImages.of(images, labels, DataSet.CLASSES);
  }

  private static Path found(Path folder, String name) throws IOException {
    for (String ending : new String[] {"", ".gz"}) {
      Path file = folder.resolve(name + ending);
      if (Files.isRegularFile(file)) {
        return file;
      }
    }
    throw new IOException(
        "%s: expected a file %s or %s.gz, found none".formatted(folder, name, name));
  }

  private static DataSet embedded() throws IOException {
    return new DataSet(EMBEDDED, embeddedHalf("train"), embeddedHalf("t10k"));
  }

  private static LabelledImages embeddedHalf(String prefix) throws IOException {
    return LabelledImages.of(
        resource(prefix + "-images-idx3-ubyte.gz", IMAGE_AXES),
        resource(prefix + "-labels-idx1-ubyte.gz", 1),
        DataSet.CLASSES);
  }

  private static IdxFile resource(String name, int axes) throws IOException {
    try (InputStream in = DataSets.class.getResourceAsStream("fashion-subset/" + name)) {
      if (in == null) {
        throw new IOException(
            "--data embedded: expected the images in bn4j-VERSION-cli.jar, found none; run that jar, or give a folder with the four IDX files");
      }
      return IdxFile.read("embedded " + name, in, axes);
    }
  }
}
