package io.github.bn4j.emulator;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Steers the emulated device. Its natives are in the same library that JCuda takes for the driver
 * ({@code driver/control_jni.cpp}), which is loaded by this class, before anything of JCuda's.
 */
public final class EmulatedDriver {
  private static final @Nullable String MISSING = load();

  private EmulatedDriver() {}

  /**
   * Device memory that is not freed.
   *
   * @param site the call that allocated it, and the line of the code under test
   */
  public record Allocation(int device, long address, long bytes, String site) {
    @Override
    public String toString() {
      return bytes
          + " bytes at 0x"
          + Long.toHexString(address)
          + " of device "
          + device
          + ", from "
          + site;
    }
  }

  private static @Nullable String load() {
    Path library = EmulatorFiles.file("libcuda.so.1");
    if (!Files.exists(library)) {
      return library + " does not exist; it needs g++ and make: run src/test/native/build";
    }
    System.load(library.toString());
    Path cudnn = EmulatorFiles.file("libcudnn.so.9");
    if (Files.exists(cudnn)) {
      System.load(cudnn.toString());
    }
    return null;
  }

  /** Null if the device can be used, else why not. */
  static @Nullable String missing() {
    return MISSING;
  }

  /** The folder of the stand-ins, for code that looks for libcudnn.so.9 itself. */
  public static Path directory() {
    return EmulatorFiles.file("");
  }

  /**
   * New devices in place of the old ones. All handles and memory of the old ones are gone without
   * being freed.
   */
  public static native void configure(
      int driverVersion, int[] computeCapabilities, long[] memoryBytes, int[] multiprocessors);

  /**
   * How kernels run for the rest of the test.
   *
   * @param seed order of blocks and warps; 0 for the natural one
   * @param ulpPerturbation 1 lets approximate instructions be off by up to one unit
   * @param checks false leaves only bounds and alignment, and is several times faster
   * @param maxWarpInstructions of one launch, after which it times out; 0 for the default
   */
  public static native void execution(
      long seed, int ulpPerturbation, boolean checks, long maxWarpInstructions);

  /** Kernels run in an order of blocks and warps made from a seed, for the rest of the test. */
  public static void shuffle(long seed) {
    execution(seed, 0, true, 0);
  }

  /**
   * Lets calls of the driver or of cuDNN fail.
   *
   * @param call start of the function's name without version suffix: "cuMemAlloc" means cuMemAlloc,
   *     cuMemAllocAsync and cuMemAllocHost; "kernel" means kernels as they are executed
   * @param nth the first to fail, counted from 1 and from now
   * @param times how many in a row
   * @param code what they give
   */
  public static native void failNext(String call, long nth, long times, int code);

  /** The nth call from now fails, once. */
  public static void failNext(String call, long nth, int code) {
    failNext(call, nth, 1, code);
  }

  /** Takes back the failures that have not happened yet; nothing may have been found so far. */
  public static void forgetFailures() {
    List<Finding> findings = takeFindings();
    if (!findings.isEmpty()) {
      throw new AssertionError("the emulated device reports: " + findings);
    }
    clear();
  }

  /** How many ordered failures have not happened yet. */
  public static native long failuresLeft();

  /** What the device found wrong since the test began, or since the last call of this. */
  public static List<Finding> takeFindings() {
    List<Finding> findings = Stream.of(findingLines()).map(Finding::parse).toList();
    clearFindings();
    return findings;
  }

  /** Launches executed since the test began, or since the last call of this. */
  public static List<KernelLaunch> takeLaunches() {
    List<KernelLaunch> launches = Stream.of(launchLines()).map(KernelLaunch::parse).toList();
    clearLaunches();
    return launches;
  }

  /** Device memory that is not freed. */
  public static List<Allocation> allocations() {
    return Stream.of(allocationLines())
        .map(line -> line.split("\t", -1))
        .map(
            field ->
                new Allocation(
                    Integer.parseInt(field[0]),
                    Long.parseLong(field[1]),
                    Long.parseLong(field[2]),
                    field[3]))
        .toList();
  }

  /** The device's words for the last failure. */
  public static native String lastMessage();

  /** Forgets orders, findings and launches; memory and handles stay. */
  static native void clear();

  private static native String[] findingLines();

  private static native void clearFindings();

  private static native String[] launchLines();

  private static native void clearLaunches();

  private static native String[] allocationLines();

  /** The line that called into JCuda; called by the device when memory is allocated. */
  @SuppressWarnings("UnusedMethod")
  private static String callSite() {
    return StackWalker.getInstance()
        .walk(
            frames ->
                frames
                    .filter(frame -> frame.getClassName().startsWith("io.github.bn4j."))
                    .filter(frame -> !frame.getClassName().equals(EmulatedDriver.class.getName()))
                    .filter(frame -> !frame.getClassName().startsWith("io.github.bn4j.cuda."))
                    .findFirst()
                    .map(frame -> "in " + frame.toStackTraceElement())
                    .orElse(""));
  }
}
