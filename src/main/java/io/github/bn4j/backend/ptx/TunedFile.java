package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaDevice;
import io.github.bn4j.cuda.CudaProbe;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The contents of a file of tiers that were measured as the fastest: a section per device, driver
 * and set of kernels, and in it a line per pass.
 *
 * <pre>
 * bn4j tuned tiers 2
 * [NVIDIA H200, sm_90, 132 SMs | driver 13000 | kernels 1a2b3c4d]
 * forward 32x64x56x56 nchw f32 = cluster x4 t256  # cluster x4 t256 31.0 us, block 33.4 us, two-pass 44.5 us
 * </pre>
 *
 * Version 1 had tiers only, which are read as ways cut by rule.
 */
public final class TunedFile {
  private static final String FIRST_LINE = "bn4j tuned tiers 2";

  private static final String OLD_FIRST_LINE = "bn4j tuned tiers 1";

  private static final String MANIFEST = "/ptx/manifest.txt";

  private final Map<String, Map<String, Entry>> sections = new TreeMap<>();

  /**
   * A line.
   *
   * @param way the fastest
   * @param note what was measured, for a person
   */
  public record Entry(Way way, String note) {}

  /** An empty file. */
  public TunedFile() {}

  /**
   * Reads a file's text.
   *
   * @throws IllegalArgumentException for anything else, with the line
   */
  public static TunedFile parse(String text) {
    TunedFile file = new TunedFile();
    Map<String, Entry> section = null;
    int number = 0;
    for (String whole : text.lines().toList()) {
      number++;
      int comment = whole.indexOf('#');
      String line = (comment < 0 ? whole : whole.substring(0, comment)).strip();
      String note = comment < 0 ? "" : whole.substring(comment + 1).strip();
      if (number == 1 && !line.equals(FIRST_LINE) && !line.equals(OLD_FIRST_LINE)) {
        throw wrong(number, whole, FIRST_LINE);
      }
      if (number == 1 || line.isEmpty()) {
        continue;
      }
      if (line.startsWith("[") && line.endsWith("]")) {
        String name = line.substring(1, line.length() - 1);
        section = file.sections.computeIfAbsent(name, n -> new TreeMap<>());
        continue;
      }
      int equals = line.indexOf(" = ");
      if (equals < 0 || section == null) {
        throw wrong(number, whole, "a [section] and in it lines of the form PASS = WAY");
      }
      Way way = Way.of(line.substring(equals + 3).strip());
      section.put(line.substring(0, equals).strip(), new Entry(way, note));
    }
    if (number == 0) {
      throw wrong(1, "", FIRST_LINE);
    }
    return file;
  }

  private static IllegalArgumentException wrong(int number, String got, String expected) {
    return new IllegalArgumentException(
        "line %d: expected %s, got \"%s\"".formatted(number, expected, got));
  }

  /** The text, which {@link #parse} reads. */
  public String text() {
    StringBuilder text = new StringBuilder(FIRST_LINE + "\n");
    text.append("# By bn4j tune: the fastest way of each pass. Delete lines, or all, to forget.\n");
    sections.forEach(
        (name, entries) -> {
          text.append("\n[").append(name).append("]\n");
          entries.forEach(
              (pass, entry) ->
                  text.append(pass)
                      .append(" = ")
                      .append(entry.way().label())
                      .append(entry.note().isEmpty() ? "" : "  # " + entry.note())
                      .append('\n'));
        });
    return text.toString();
  }

  /** Adds a line, or replaces it. */
  public void put(String section, String pass, Entry entry) {
    sections.computeIfAbsent(section, name -> new TreeMap<>()).put(pass, entry);
  }

  /** The way of a pass; null if none was measured. */
  @Nullable Way way(String section, String pass) {
    Entry entry = sections.getOrDefault(section, Map.of()).get(pass);
    return entry == null ? null : entry.way();
  }

  /** True if there are lines for this device, but all with another driver or other kernels. */
  boolean isStale(CudaDevice device) {
    return !sections.containsKey(section(device))
        && sections.keySet().stream().anyMatch(name -> name.startsWith(product(device) + " |"));
  }

  /** The section of a device, its driver, and the kernels of this build. */
  public static String section(CudaDevice device) {
    return "%s | driver %d | kernels %s"
        .formatted(product(device), CudaProbe.get().driverVersion(), kernels());
  }

  private static String product(CudaDevice device) {
    return "%s, sm_%d, %d SMs"
        .formatted(
            device.name(), device.limits().computeCapability(), device.limits().multiprocessors());
  }

  /** A checksum of the list of kernels, with their sources' checksums, that is in the jar. */
  private static String kernels() {
    try (InputStream in =
        Objects.requireNonNull(TunedFile.class.getResourceAsStream(MANIFEST), MANIFEST)) {
      CRC32 sum = new CRC32();
      sum.update(in.readAllBytes());
      return "%08x".formatted(sum.getValue());
    } catch (IOException e) {
      throw new UncheckedIOException("ptx: cannot read the resource " + MANIFEST, e);
    }
  }

  /** What a line says of a pass: all that can change which way is the fastest. */
  static String pass(Direction direction, BatchNormSpec spec) {
    return "%s %s %s %s%s%s"
        .formatted(
            direction.label(),
            spec.shape(),
            spec.layout().label(),
            spec.dataType().label(),
            spec.hasResidual() ? " residual" : "",
            spec.activation() == Activation.NONE ? "" : " relu");
  }
}
