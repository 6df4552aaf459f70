package io.github.bn4j.backend.cudnn;

import io.github.bn4j.cuda.DevicePointer;
import io.github.bn4j.op.DeviceTensor;
import io.github.bn4j.op.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Turns the tensor in one place of a call into the pointer object that JCudnn wants, and makes no
 * new one while the same tensor is used call after call.
 */
final class PointerSlot {
  private static final DevicePointer NULL = new DevicePointer(0);

  private DevicePointer pointer = NULL;

  /** The pointer; a null pointer for no tensor. */
  DevicePointer of(@Nullable Tensor tensor) {
    long address = tensor instanceof DeviceTensor onDevice ? onDevice.address() : 0;
    if (pointer.address() != address) {
      pointer = new DevicePointer(address);
    }
    return pointer;
  }
}
