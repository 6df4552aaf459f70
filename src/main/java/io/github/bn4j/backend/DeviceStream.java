package io.github.bn4j.backend;

/** A stream of a device; made by the device layer, or wrapped around one of the caller's. */
public interface DeviceStream {
  /** Ordinal of the device. */
  int device();

  /** The driver's handle ({@code CUstream}); 0 is the device's default stream. */
  long handle();
}
