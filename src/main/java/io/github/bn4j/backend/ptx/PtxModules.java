package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaContext;
import io.github.bn4j.cuda.CudaFunction;
import io.github.bn4j.cuda.CudaModule;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The kernels of one context, compiled by the driver when first asked for.
 *
 * <p>Those of a primary context are kept for the life of the process, like the context itself:
 * compiling takes longer than most runs. In a user's context they belong to the plan, since only
 * the user knows how long the context lives.
 */
public final class PtxModules implements AutoCloseable {
  private static final Map<CudaContext, PtxModules> SHARED = new ConcurrentHashMap<>();

  /** How the line begins with which an entry does; the one it ends with is a brace. */
  private static final String ENTRY = ".visible .entry ";

  private static final String PTX = "/ptx/";

  /**
   * Oldest compute capability that copies to shared memory asynchronously (bn_async.cuh), and that
   * has instructions for bf16 (bn_types.cuh).
   */
  private static final int NEWER_CAPABILITY = 80;

  private static final String NEWER_VARIANT = ".sm_" + NEWER_CAPABILITY + ".ptx";

  private final CudaContext context;
  private final boolean shared;
  private final Map<String, CudaModule> modules = new HashMap<>();

  private PtxModules(CudaContext context, boolean shared) {
    this.context = context;
    this.shared = shared;
  }

  /** The kernels of a context; close them when done. */
  public static PtxModules of(CudaContext context) {
    return context.isPrimary()
        ? SHARED.computeIfAbsent(context, c -> new PtxModules(c, true))
        : new PtxModules(context, false);
  }

  CudaContext context() {
    return context;
  }

  /**
   * A kernel.
   *
   * @param stem name of its file, {@code bn_statistics}
   * @param suffix what the entry's name has after that: {@code _nchw_f32}
   */
  public synchronized CudaFunction function(String stem, String suffix) {
    String entry = stem + suffix;
    CudaModule module = modules.get(entry);
    if (module == null) {
      String file = file(stem, context.device().limits().computeCapability());
      module = CudaModule.load(context, file, only(entry, text(file)));
      modules.put(entry, module);
    }
    return module.function(entry);
  }

  /** A file's text without the other entries, so that the driver compiles what is used. */
  static String only(String entry, String text) {
    StringBuilder kept = new StringBuilder(text.length());
    boolean keeps = true;
    for (String line : text.split("\n", -1)) {
      if (line.startsWith(ENTRY)) {
        keeps = line.startsWith(ENTRY + entry + "(");
      }
      if (keeps) {
        kept.append(line).append('\n');
      }
      keeps |= line.equals("}");
    }
    return kept.toString();
  }

  /**
   * The file of a stem that a device of this compute capability runs: kernels that gain by
   * instructions of newer devices are there twice.
   */
  static String file(String stem, int computeCapability) {
    String newer = stem + NEWER_VARIANT;
    return computeCapability >= NEWER_CAPABILITY
            && PtxModules.class.getResource(PTX + newer) != null
        ? newer
        : stem + ".ptx";
  }

  /** The PTX of a file of kernels. */
  static String text(String file) {
    String resource = PTX + file;
    try (InputStream in = PtxModules.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(
            "ptx: expected the resource " + resource + " in the jar, found none; rebuild the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new UncheckedIOException("ptx: cannot read the resource " + resource, e);
    }
  }

  /** Unloads a user context's modules; those of a primary context stay. */
  @Override
  public synchronized void close() {
    if (!shared) {
      modules.values().forEach(CudaModule::close);
      modules.clear();
    }
  }
}
