package io.github.bn4j.train.network;

import io.github.bn4j.op.Tensor;
import io.github.bn4j.train.engine.Step;
import java.util.List;

/**
 * A network made ready for one batch size and mode: its steps, and the tensors between them.
 * Executing allocates nothing and on a device only queues work.
 */
public final class Execution implements AutoCloseable {
  private final List<Step> steps;
  private final Ends ends;
  private final boolean hasBackward;

  /**
   * The tensors at both ends.
   *
   * @param images f32, batch x height x width, or rows first: row x batch x column
   * @param labels u8, one per image
   * @param logits f32, batch x classes
   * @param totals f64: sum of losses and number of right answers since it was last set to zero
   */
  public record Ends(Tensor images, Tensor labels, Tensor logits, Tensor totals) {}

  Execution(List<Step> steps, Ends ends, boolean hasBackward) {
    this.steps = List.copyOf(steps);
    this.ends = ends;
    this.hasBackward = hasBackward;
  }

  /** The tensors at both ends. */
  public Ends ends() {
    return ends;
  }

  /** Computes the logits, adds to the totals, and where there is a backward pass its start. */
  public void forward() {
    for (int i = 0; i < steps.size(); i++) {
      steps.get(i).forward();
    }
  }

  /**
   * Computes the gradients of all parameters.
   *
   * @throws UnsupportedOperationException in INFERENCE
   */
  public void backward() {
    if (!hasBackward) {
      throw new UnsupportedOperationException(
          "backward: expected an execution in TRAINING or FROZEN, got one in INFERENCE");
    }
    for (int i = steps.size() - 1; i >= 0; i--) {
      steps.get(i).backward();
    }
  }

  @Override
  public void close() {
    steps.forEach(Step::close);
  }
}
