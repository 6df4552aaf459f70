package io.github.bn4j.verify;

import io.github.bn4j.io.NamedTensors;
import io.github.bn4j.io.Safetensors;
import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * The samples made with PyTorch that ship with bn4j; what they are is said in the folder {@code
 * golden} beside them.
 *
 * <p>Their tolerances, relative to the largest value of a tensor, and why they are what they are:
 *
 * <ul>
 *   <li>f64: 1e-12, some thousand roundings of 2^-53, room for any order of a sum of 200 terms;
 *   <li>f32: 2e-5, some three hundred roundings of 2^-24, likewise, the samples from MNIST
 *       included, whose expected values have errors of float32 themselves;
 *   <li>f16 and bf16: 2e-3 and 1.6e-2, four roundings of 2^-11 and 2^-8: expected values are exact,
 *       results are rounded once, and the largest value may lie anywhere up to twice a power of 2;
 *   <li>mean 1e4 in f32: 2e-3, since a mean of that size is stored to within 2^-11, 5e-4, and xHat
 *       is off by as much.
 * </ul>
 */
public final class GoldenSamples {
  private static final String FOLDER = "golden/";

  private GoldenSamples() {}

  /**
   * Reads all samples.
   *
   * @throws UncheckedIOException if the program's own files cannot be read
   */
  public static List<GoldenSample> all() {
    try {
      return lines().stream().map(GoldenSamples::read).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<GoldenLine> lines() throws IOException {
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(open("cases.tsv"), StandardCharsets.UTF_8))) {
      return reader.lines().skip(1).map(GoldenLine::parse).toList();
    }
  }

  private static GoldenSample read(GoldenLine line) {
    try {
      NamedTensors given = tensors(line.name() + ".in.safetensors");
      NamedTensors wanted = tensors(line.name() + ".want.safetensors");
      return GoldenSample.of(line, given, wanted);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * By way of a file, since safetensors are read from files only and a resource may be in a jar.
   */
  private static NamedTensors tensors(String name) throws IOException {
    Path file = Files.createTempFile("bn4j-golden-", ".safetensors");
    try (InputStream in = open(name)) {
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
      return Safetensors.read(file);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static InputStream open(String name) throws IOException {
    InputStream in = GoldenSamples.class.getResourceAsStream(FOLDER + name);
    if (in == null) {
      throw new FileNotFoundException("expected the resource " + FOLDER + name + ", got none");
    }
    return in;
  }
}
