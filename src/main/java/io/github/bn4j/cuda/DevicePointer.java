package io.github.bn4j.cuda;

import jcuda.NativePointerObject;
import jcuda.driver.CUdeviceptr;

/**
 * A device address as JCuda wants it. JCuda hides the number in its objects and offers no way to
 * make one from a number; this is that way, in both directions.
 */
public final class DevicePointer extends CUdeviceptr {
  /** An address that the driver will fill in. */
  DevicePointer() {}

  /** A given address; 0 is the null pointer. */
  public DevicePointer(long address) {
    super(new CUdeviceptr(), address);
  }

  /** A copy of a user's pointer, its byte offset included. */
  DevicePointer(CUdeviceptr pointer) {
    super(pointer);
  }

  /** The address. */
  public long address() {
    return getNativePointer() + getByteOffset();
  }

  /** The number inside any of JCuda's handles. */
  static long handleOf(NativePointerObject object) {
    return new Handle(object).value();
  }

  private static final class Handle extends NativePointerObject {
    Handle(NativePointerObject object) {
      super(object);
    }

    long value() {
      return getNativePointer();
    }
  }
}
