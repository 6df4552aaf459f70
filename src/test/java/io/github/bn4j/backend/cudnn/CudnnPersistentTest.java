package io.github.bn4j.backend.cudnn;

import io.github.bn4j.emulator.EmulatedCuda;
import io.github.bn4j.emulator.EmulatedDriver;
import org.junit.jupiter.api.BeforeAll;

/** The laws, for the host code of the persistent mode over a stand-in for the library. */
@EmulatedCuda
final class CudnnPersistentTest extends CudnnPersistentContract {
  @BeforeAll
  static void findStandIn() {
    System.setProperty(CudnnPlaces.PROPERTY, EmulatedDriver.directory().toString());
  }
}
