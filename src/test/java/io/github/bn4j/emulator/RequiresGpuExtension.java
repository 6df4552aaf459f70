package io.github.bn4j.emulator;

import static org.junit.jupiter.api.Assertions.fail;

import io.github.bn4j.backend.Support;
import io.github.bn4j.cuda.CudaProbe;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What {@link RequiresGpu} does before each test, so that each is reported as skipped, with its
 * reason.
 */
final class RequiresGpuExtension implements BeforeEachCallback {
  /** A real device has to be there. */
  private static final String REQUIRE = "require";

  /** The same, but the emulated device plays the real one: for a rehearsal of gpu-check. */
  private static final String REHEARSE = "rehearse";

  @Override
  public void beforeEach(ExtensionContext context) {
    decide();
  }

  /** Skips the test, or fails it, where it has no device that counts. */
  static void decide() {
    decide(realDevice(CudaProbe.get()), wish());
  }

  /** Whether this run is one for a device that has to be there. */
  static boolean isRequired() {
    return isRequired(wish());
  }

  private static boolean isRequired(String wish) {
    return wish.equals(REQUIRE) || wish.equals(REHEARSE);
  }

  private static String wish() {
    return System.getProperty("bn4j.gpu", "");
  }

  /** The probe's answer, but no where the driver that it found is the emulated one. */
  private static Support realDevice(CudaProbe probe) {
    boolean emulated =
        probe.devices().stream().anyMatch(device -> device.name().startsWith("Emulated device"));
    return emulated && !wish().equals(REHEARSE)
        ? Support.no("this process has the emulated driver")
        : probe.support();
  }

  static void decide(Support support, String wish) {
    if (!support.isYes() && isRequired(wish)) {
      fail("-Dbn4j.gpu=" + wish + ", but " + support.reason());
    }
    Assumptions.assumeTrue(support.isYes(), support.reason());
  }
}
