package io.github.bn4j.backend.cpu;

import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses the inner loops, once per JVM, and says why. */
final class KernelChoice {
  /** Set to {@code plain} to do without the Vector API. */
  static final String PROPERTY = "bn4j.cpu.kernels";

  private static final Logger LOG = LoggerFactory.getLogger(KernelChoice.class);
  private static final String MODULE = "jdk.incubator.vector";
  private static final String PROVIDER = "io.github.bn4j.backend.cpu.vector.VectorProvider";

  private KernelChoice() {}

  private static final class Holder {
    static final KernelProvider CHOSEN = choose();
  }

  /** The provider of this JVM. */
  static KernelProvider chosen() {
    return Holder.CHOSEN;
  }

  private static KernelProvider choose() {
    if ("plain".equals(System.getProperty(PROPERTY))) {
      LOG.info("cpu: plain loops, since -D{}=plain; leave it out for the Vector API", PROPERTY);
      return new PlainProvider();
    }
    Optional<Module> module = ModuleLayer.boot().findModule(MODULE);
    if (module.isEmpty()) {
      LOG.info(
          "cpu: plain loops, since the module {} is absent; run java with --add-modules {}"
              + " for about twice the speed",
          MODULE,
          MODULE);
      return new PlainProvider();
    }
    KernelChoice.class.getModule().addReads(module.get());
    try {
      KernelProvider vector =
          Class.forName(PROVIDER)
              .asSubclass(KernelProvider.class)
              .getDeclaredConstructor()
              .newInstance();
      LOG.info("cpu: {}", vector.describe());
      return vector;
    } catch (ReflectiveOperationException | LinkageError e) {
      LOG.info(
          "cpu: plain loops, since the Vector API loops don't load on this JVM: {}", e.toString());
      return new PlainProvider();
    }
  }
}
