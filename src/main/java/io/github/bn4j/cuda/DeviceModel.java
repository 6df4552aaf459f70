package io.github.bn4j.cuda;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * GPUs whose limits are known without having one, so that what would be done on them can be said.
 * Limits of a compute capability are those of the CUDA programming guide (technical
 * specifications); multiprocessors and L2 caches those of NVIDIA's data sheets.
 */
public enum DeviceModel {
  /** Turing. */
  T4(75, 40, 4),
  /** Ampere, the one with 40 MiB of L2 cache (SXM and PCIe). */
  A100(80, 108, 40),
  /** Ada. */
  L4(89, 58, 48),
  /** Hopper, SXM. */
  H100(90, 132, 50),
  /** Hopper. */
  H200(90, 132, 50);

  private static final int REGISTERS = 65536;

  private final int computeCapability;
  private final int multiprocessors;
  private final int l2MiB;

  DeviceModel(int computeCapability, int multiprocessors, int l2MiB) {
    this.computeCapability = computeCapability;
    this.multiprocessors = multiprocessors;
    this.l2MiB = l2MiB;
  }

  /** What a launch has to keep to. */
  public CudaDevice.Limits limits() {
    // Of a multiprocessor: shared memory in KiB, threads.
    int[] has =
        switch (computeCapability) {
          case 75 -> new int[] {64, 1024};
          case 80 -> new int[] {164, 2048};
          case 89 -> new int[] {100, 1536};
          default -> new int[] {228, 2048};
        };
    // From 8.0 on the system takes 1 KiB of each block's for itself.
    int ofBlock = computeCapability < 80 ? has[0] : has[0] - 1;
    return new CudaDevice.Limits(
        computeCapability,
        multiprocessors,
        ofBlock << 10,
        has[0] << 10,
        has[1],
        REGISTERS,
        l2MiB << 20,
        true,
        computeCapability >= 90);
  }

  /** One line: {@code H200, sm_90, 132 SMs}. */
  public String describe() {
    return "%s, sm_%d, %d SMs".formatted(name(), computeCapability, multiprocessors);
  }

  /**
   * The model of this name, in any case.
   *
   * @throws IllegalArgumentException if it is not known
   */
  public static DeviceModel of(String name) {
    return Arrays.stream(values())
        .filter(model -> model.name().equals(name.toUpperCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "device: expected one of "
                        + Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "))
                        + ", got \""
                        + name
                        + "\""));
  }
}
