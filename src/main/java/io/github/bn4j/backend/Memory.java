package io.github.bn4j.backend;

import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Tensor;

/**
 * Makes, fills and reads tensors where a backend's plans want them, so that a caller can be written
 * once for all backends.
 */
public interface Memory extends AutoCloseable {
  /**
   * New memory, all zero; freed by {@link #close}, or by closing the tensor where that is possible.
   */
  Tensor allocate(DataType dataType, long elements);

  /**
   * Copies from the host, converting nothing; ordered with the work of plans made from the same
   * options. The source may be changed once this returns.
   *
   * @throws IllegalArgumentException if type or length differ
   */
  void write(Tensor target, HostTensor source);

  /**
   * Copies to the host and waits until the copy is done, hence also for the work before it.
   *
   * @throws IllegalArgumentException if type or length differ
   */
  void read(Tensor source, HostTensor target);

  /**
   * Copies between two tensors of this memory, ordered like {@link #write}. A device overrides this
   * copy through the host.
   *
   * @throws IllegalArgumentException if type or length differ
   */
  default void copy(Tensor source, Tensor target) {
    write(target, toHost(source));
  }

  /** Waits until all work queued so far is done. */
  void synchronize();

  /** New memory that holds a copy of a host tensor. */
  default Tensor copyOf(HostTensor source) {
    Tensor copy = allocate(source.dataType(), source.elements());
    write(copy, source);
    return copy;
  }

  /** A host copy of a tensor. */
  default HostTensor toHost(Tensor source) {
    HostTensor copy = HostTensor.allocate(source.dataType(), source.elements());
    read(source, copy);
    return copy;
  }

  @Override
  void close();
}
