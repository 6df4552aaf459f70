package io.github.bn4j.train.engine;

/**
 * One step of a network, made once for its sizes and its tensors, executed many times from one
 * thread.
 *
 * <p>Executing allocates nothing, does not wait for a device, and gives the same bits for the same
 * input. On a device it only queues work on the engine's stream and can be captured in a graph.
 */
public interface Step extends AutoCloseable {
  /** Computes {@code y} from {@code x}. */
  void forward();

  /**
   * Computes {@code dx} and the gradients of the weights from {@code dy}, which may be overwritten;
   * after {@link #forward}, with {@code x} and {@code y} unchanged since.
   *
   * @throws UnsupportedOperationException if the step was made without {@code dy}
   */
  void backward();

  /** Gives back what the step holds, not the tensors; closing twice is harmless. */
  @Override
  void close();
}
