package io.github.bn4j.bench;

/** What a time was taken with. */
public enum Clock {
  /** The host's clock, from the call until its work is done. */
  HOST("host"),
  /** Events on the device, before the first call of a group and after the last. */
  DEVICE_EVENTS("device-events"),
  /** The host's clock while calls are made; a device's work is waited for outside of it. */
  HOST_CALLS("host-calls");

  private final String label;

  Clock(String label) {
    this.label = label;
  }

  /** The name used in reports. */
  public String label() {
    return label;
  }
}
