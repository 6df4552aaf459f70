package io.github.bn4j.emulator;

import static org.junit.jupiter.api.Assertions.fail;

import io.github.bn4j.cuda.CudaProbeReset;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * What {@link EmulatedCuda} does around classes and tests. Nothing but to ask for a device in a run
 * that needs a real one, where {@link AlsoOnGpu} says which tests those are.
 */
final class EmulatedCudaExtension
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback {
  private static final ExtensionContext.Namespace HERE =
      ExtensionContext.Namespace.create(EmulatedCudaExtension.class);

  /** Enough for a thread that waits for a processor; passed only by a test that fails. */
  private static final long CLEANER_NANOS = 2_000_000_000L;

  @Override
  public void beforeAll(ExtensionContext context) {
    if (RequiresGpuExtension.isRequired()) {
      return;
    }
    String missing = EmulatedDriver.missing();
    if (missing != null && EmulatorFiles.required()) {
      fail("CI must be able to emulate a device: " + missing);
    }
    Assumptions.assumeTrue(missing == null, missing);
    if (context.getTestClass().isPresent() && isOutermost(context)) {
      configure(settings(context));
    }
  }

  /** Nested classes run on the device of the class around them. */
  private static boolean isOutermost(ExtensionContext context) {
    return context.getRequiredTestClass().getEnclosingClass() == null;
  }

  private static void configure(EmulatedCuda settings) {
    int[] capabilities = settings.computeCapability();
    long[] bytes = new long[capabilities.length];
    int[] multiprocessors = new int[capabilities.length];
    Arrays.fill(bytes, (long) settings.memoryMiB() << 20);
    Arrays.fill(multiprocessors, settings.multiprocessors());
    EmulatedDriver.configure(settings.driverVersion(), capabilities, bytes, multiprocessors);
    CudaProbeReset.forget();
  }

  private static EmulatedCuda settings(ExtensionContext context) {
    for (Class<?> type = context.getRequiredTestClass();
        type != null;
        type = type.getEnclosingClass()) {
      EmulatedCuda found = AnnotationSupport.findAnnotation(type, EmulatedCuda.class).orElse(null);
      if (found != null) {
        return found;
      }
    }
    throw new IllegalStateException("the extension belongs to @EmulatedCuda");
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    if (RequiresGpuExtension.isRequired()) {
      RequiresGpuExtension.decide();
      return;
    }
    EmulatedDriver.clear();
    context.getStore(HERE).put("before", addresses());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    if (RequiresGpuExtension.isRequired()) {
      return;
    }
    StringBuilder wrong = new StringBuilder();
    EmulatedDriver.takeFindings().forEach(finding -> wrong.append(finding).append('\n'));
    // After a failure, memory that is still there is its consequence, not news.
    if (context.getExecutionException().isEmpty()) {
      Set<?> before = context.getStore(HERE).get("before", Set.class);
      wrong.append(problems(settings(context).leaksFail() ? before : addresses()));
    }
    EmulatedDriver.clear();
    if (!wrong.isEmpty()) {
      fail("the emulated device reports:\n" + wrong);
    }
  }

  /** What a test left behind, one per line: memory but for that known before, unused orders. */
  static String problems(Set<?> before) {
    StringBuilder wrong = new StringBuilder();
    awaitCleaner(before);
    left(before)
        .forEach(allocation -> wrong.append("never freed: ").append(allocation).append('\n'));
    long failuresLeft = EmulatedDriver.failuresLeft();
    if (failuresLeft > 0) {
      wrong.append(failuresLeft).append(" ordered failures never happened\n");
    }
    return wrong.toString();
  }

  private static Stream<EmulatedDriver.Allocation> left(Set<?> before) {
    return EmulatedDriver.allocations().stream()
        .filter(allocation -> !before.contains(allocation.address()));
  }

  /**
   * A tensor that was collected just before its memory was closed is freed by the cleaner's thread,
   * a moment later.
   */
  private static void awaitCleaner(Set<?> before) {
    long end = System.nanoTime() + CLEANER_NANOS;
    while (left(before).findAny().isPresent() && System.nanoTime() < end) {
      LockSupport.parkNanos(CLEANER_NANOS / 100);
    }
  }

  private static Set<Long> addresses() {
    return EmulatedDriver.allocations().stream()
        .map(EmulatedDriver.Allocation::address)
        .collect(Collectors.toSet());
  }
}
