package io.github.bn4j.api;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.cpu.CpuBackend;
import io.github.bn4j.backend.cudnn.CudnnBackend;
import io.github.bn4j.backend.ptx.PtxBackend;
import io.github.bn4j.backend.reference.ReferenceBackend;
import io.github.bn4j.op.BatchNormSpec;
import java.util.List;

/**
 * The ordered list of backends, and how one is chosen.
 *
 * <p>{@link #auto} takes the first that supports the spec on this machine and logs one line saying
 * why the ones before it were not taken. A backend that is named is used or refused, never
 * replaced.
 */
public final class Backends {
  /** The name that stands for the first backend that supports a spec. */
  public static final String AUTO = "auto";

  /**
   * THE list, fastest first. A backend for GPUs is added here; it must not touch a native class
   * before its {@link Backend#available()} was asked. What must be asked for by name stands in the
   * second list, which {@link #auto} never looks at.
   */
  private static final BackendList LIST =
      new BackendList(
          List.of(
              CudnnBackend.spatial(), new PtxBackend(), new CpuBackend(), new ReferenceBackend()),
          List.of(CudnnBackend.persistent()));

  private Backends() {}

  /** All backends, also those that this machine cannot run; in the order of preference. */
  public static List<Backend> all() {
    return LIST.backends();
  }

  /**
   * The first backend that supports the spec here.
   *
   * @throws IllegalArgumentException if there is none, with the reason of each
   */
  public static Backend auto(BatchNormSpec spec) {
    return LIST.first(spec, backend -> true);
  }

  /**
   * The backend of this name, whether or not this machine can run it.
   *
   * @throws IllegalArgumentException if there is none of this name
   */
  public static Backend byName(String name) {
    return LIST.byName(name);
  }

  /** What {@link #auto} would take for the spec, and why not the others: one line each. */
  public static String explain(BatchNormSpec spec) {
    return LIST.explain(spec);
  }

  static BackendList list() {
    return LIST;
  }
}
