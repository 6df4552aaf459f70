package io.github.bn4j.emulator;

import static io.github.bn4j.emulator.DriverCalls.context;
import static io.github.bn4j.emulator.DriverCalls.ok;

import jcuda.driver.CUcontext;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Gives each test a context of device 0, current in its thread; what the test leaves goes too. */
abstract class InContext {
  CUcontext context = new CUcontext();

  @BeforeEach
  final void createContext() {
    context = context(0);
  }

  @AfterEach
  final void destroyContext() {
    ok(JCudaDriver.cuCtxDestroy(context));
  }
}
