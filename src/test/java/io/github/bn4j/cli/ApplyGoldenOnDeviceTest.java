package io.github.bn4j.cli;

import io.github.bn4j.emulator.AlsoOnGpu;
import io.github.bn4j.emulator.EmulatedCuda;
import java.util.List;

/** The same samples on a device. */
@AlsoOnGpu
@EmulatedCuda
final class ApplyGoldenOnDeviceTest extends ApplyGoldenTest {
  @Override
  List<String> backends() {
    return List.of("ptx");
  }
}
