package io.github.bn4j.train.engine;

import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.op.Tensor;
import java.util.List;

/**
 * Everything that the workload's networks compute besides batch normalization, in one memory and on
 * one stream or pool of threads. Batch normalization is planned by {@code api.BatchNorm} with
 * {@link #options()}, so that it works on the same tensors, ordered with the engine's steps.
 *
 * <p>Methods that make a step check types and sizes and throw {@link IllegalArgumentException}.
 * Used by one thread. Closing the engine closes its memory; steps are to be closed before.
 */
public interface Engine extends AutoCloseable {
  /** Name in reports. */
  String name();

  /** Where all tensors live. */
  Memory memory();

  /** Threads or stream that batch normalization is to be planned with. */
  PlanOptions options();

  /** A part of a tensor, not a copy; valid as long as the whole. */
  Tensor slice(Tensor whole, long from, long elements);

  /** A convolution. */
  Step convolution(ConvolutionSpec spec, Weights weights, Flow flow);

  /** A dense layer. */
  Step dense(DenseSpec spec, Weights weights, Flow flow);

  /** Maximum pooling. */
  Step maxPool(PoolSpec spec, Flow flow);

  /** A function of each element; y may be x, dx may be dy. */
  Step pointwise(Pointwise function, Flow flow);

  /**
   * Dropout; y may be x, dx may be dy.
   *
   * @param clock i64, 1 element; read by each pass, not changed
   */
  Step dropout(DropoutSpec spec, Tensor clock, Flow flow);

  /** {@code sum = a + b}; sum may be a or b. It has no backward pass: both gradients are sum's. */
  Step sum(Tensor a, Tensor b, Tensor sum);

  /** Softmax with cross-entropy; its forward pass also writes the gradient, if it is wanted. */
  Step softmaxCrossEntropy(LossTensors tensors);

  /**
   * Updates parameters from their gradients.
   *
   * @param clock i64, 1 element: updates done so far; read, not changed, so {@code t = clock + 1}
   */
  Runnable optimizer(OptimizerSpec spec, List<Slot> slots, Tensor clock);

  /** Adds 1 to an i64 tensor of 1 element. */
  Runnable advance(Tensor clock);

  /**
   * The same work, as cheap to repeat as the engine can make it: on a device a captured graph, else
   * the argument. The work must always be the same steps in the same order.
   */
  Runnable recorded(Runnable work);

  @Override
  void close();
}
