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
  @Override
  public void beforeEach(ExtensionContext context) {
    decide(realDevice(CudaProbe.get()), System.getProperty("bn4j.gpu", ""));
  }

  /** The probe's answer, but no where the driver that it found is the emulated one. */
  private static Support realDevice(CudaProbe probe) {
    boolean emulated =
        probe.devices().stream().anyMatch(device -> device.name().startsWith("Emulated device"));
    return emulated ? Support.no("this process has the emulated driver") : probe.support();
  }

  static void decide(Support support, String wish) {
    if (!support.isYes() && wish.equals("require")) {
      fail("-Dbn4j.gpu=require, but " + support.reason());
    }
    Assumptions.assumeTrue(support.isYes(), support.reason());
  }
}
