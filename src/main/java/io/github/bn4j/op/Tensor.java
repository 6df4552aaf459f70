package io.github.bn4j.op;

/**
 * A contiguous run of elements in somebody's memory.
 *
 * <p>A tensor has a type and a length; which sizes its elements form is said once, by the {@link
 * BatchNormSpec} it is used with.
 */
public sealed interface Tensor permits HostTensor, DeviceTensor {
  /** Type of the elements. */
  DataType dataType();

  /** Number of elements. */
  long elements();

  /** Size in bytes. */
  default long bytes() {
    return Math.multiplyExact(elements(), dataType().bytes());
  }
}
