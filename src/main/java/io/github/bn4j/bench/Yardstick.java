package io.github.bn4j.bench;

import io.github.bn4j.op.Tensor;

/**
 * How time is taken, and what a copy is, where a backend's tensors are. The host has a clock and
 * threads; a device may give events and a copy of its own.
 */
public interface Yardstick extends AutoCloseable {
  /** What it takes the time with. */
  Clock clock();

  /** Microseconds per call of so many calls in a row, until all their work is done. */
  double microseconds(Runnable call, int calls);

  /** Copies a tensor as fast as this place can. */
  void copy(Tensor from, Tensor to);

  @Override
  void close();
}
