package io.github.bn4j.emulator;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Runs the tests of a class on emulated CUDA devices; skips them with the reason where the device
 * could not be built, and fails them there if this is CI.
 *
 * <p>A finding of the device, or device memory that a test allocated and did not free, fails the
 * test. So does a failure that was ordered and never happened.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Tag(EmulatedCuda.TAG)
@ExtendWith(EmulatedCudaExtension.class)
public @interface EmulatedCuda {
  /** JUnit's tag of all these tests. */
  String TAG = "emulated";

  /** Compute capability of each device, as 10 * major + minor; as many devices as numbers. */
  int[] computeCapability() default {90};

  /** Memory of each device. */
  int memoryMiB() default 1024;

  /** Multiprocessors of each device; few, so that grids stay small. */
  int multiprocessors() default 4;

  /** The CUDA version of the driver: 1000 * major + 10 * minor. Newer PTX is refused with 222. */
  int driverVersion() default 13000;

  /** Whether memory that is still allocated after a test fails it. */
  boolean leaksFail() default true;
}
