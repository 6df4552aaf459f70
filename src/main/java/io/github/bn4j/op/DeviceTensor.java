package io.github.bn4j.op;

/**
 * A tensor in the memory of a GPU. Implemented by the device layer, or by a user who wraps a
 * pointer of their own.
 */
public non-sealed interface DeviceTensor extends Tensor {
  /** Ordinal of the device that holds the memory. */
  int device();

  /** The device pointer ({@code CUdeviceptr}) of the first element. */
  long address();

  /** True once the memory was given back; using the tensor is then an error. */
  boolean isClosed();
}
