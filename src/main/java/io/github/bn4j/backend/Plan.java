package io.github.bn4j.backend;

import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.ForwardTensors;

/**
 * A spec prepared for execution: made once, executed many times, from one thread at a time.
 *
 * <p>Executing allocates nothing, does not wait for a device, and gives the same bits for the same
 * input. On a device it only queues work on the plan's stream. A plan has memory of its own that
 * its kernels meet in, so its work must never overlap: a graph that captured it is replayed on the
 * plan's stream, or in an order with it that events make; what may overlap takes two plans.
 */
public interface Plan extends AutoCloseable {
  /** What is computed. */
  BatchNormSpec spec();

  /** Name of the backend that made the plan. */
  String backend();

  /**
   * Bytes of reserve space by which forward passes the activation's mask to backward; 0 where there
   * is no activation.
   */
  long reserveBytes();

  /**
   * Forward pass, in the spec's mode. An empty batch computes nothing and leaves everything
   * untouched.
   *
   * @throws IllegalArgumentException for a tensor that does not fit the spec, before anything is
   *     computed
   * @throws IllegalStateException if the plan is closed
   */
  void forward(ForwardTensors tensors);

  /**
   * Backward pass of TRAINING or FROZEN. An empty batch gives zero parameter gradients.
   *
   * @throws IllegalArgumentException for a tensor that does not fit the spec, before anything is
   *     computed
   * @throws UnsupportedOperationException in INFERENCE
   * @throws IllegalStateException if the plan is closed
   */
  void backward(BackwardTensors tensors);

  /**
   * Channel updates of running statistics skipped so far because of NaN or infinity, summed over
   * calls; always 0 unless the spec says {@code NonFinitePolicy.SKIP_UPDATE}. Waits for the device.
   */
  long skippedUpdates();

  /** How the plan executes, for a person to read: variant, expected memory traffic, and why. */
  String explain();

  /** Gives back what the plan holds; closing twice is harmless. */
  @Override
  void close();
}
