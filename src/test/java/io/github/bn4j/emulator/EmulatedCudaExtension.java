package io.github.bn4j.emulator;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** What {@link EmulatedCuda} does around classes and tests. */
final class EmulatedCudaExtension
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback {
  private static final ExtensionContext.Namespace HERE =
      ExtensionContext.Namespace.create(EmulatedCudaExtension.class);

  @Override
  public void beforeAll(ExtensionContext context) {
    String missing = EmulatedDriver.missing();
    if (missing != null && "true".equals(System.getenv("CI"))) {
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
    EmulatedDriver.clear();
    Set<Long> before =
        EmulatedDriver.allocations().stream()
            .map(EmulatedDriver.Allocation::address)
            .collect(Collectors.toSet());
    context.getStore(HERE).put("before", before);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    List<Finding> findings = EmulatedDriver.takeFindings();
    long failuresLeft = EmulatedDriver.failuresLeft();
    StringBuilder wrong = new StringBuilder();
    findings.forEach(finding -> wrong.append(finding).append('\n'));
    if (settings(context).leaksFail() && context.getExecutionException().isEmpty()) {
      Set<?> before = context.getStore(HERE).get("before", Set.class);
      EmulatedDriver.allocations().stream()
          .filter(allocation -> !before.contains(allocation.address()))
          .forEach(allocation -> wrong.append("never freed: ").append(allocation).append('\n'));
    }
    if (failuresLeft > 0 && context.getExecutionException().isEmpty()) {
      wrong.append(failuresLeft).append(" ordered failures never happened\n");
    }
    EmulatedDriver.clear();
    if (!wrong.isEmpty()) {
      fail("the emulated device reports:\n" + wrong);
    }
  }
}
