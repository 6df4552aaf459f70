package io.github.bn4j.train.network;

import io.github.bn4j.op.Tensor;
import io.github.bn4j.op.TensorShape;
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
  private final List<NormInput> normInputs;

  /**
   * The tensors at both ends.
   *
   * @param images f32, batch x height x width, or rows first: row x batch x column
   * @param labels u8, one per image
   * @param logits f32, batch x classes
   * @param totals f64: sum of losses and number of right answers since it was last set to zero
   */
  public record Ends(Tensor images, Tensor labels, Tensor logits, Tensor totals) {}

  /**
   * What a batch normalization normalizes.
   *
   * @param name of the normalization
   * @param shape sizes of x
   * @param x its input, overwritten by each forward pass
   */
  public record NormInput(String name, TensorShape shape, Tensor x) {}

  Execution(List<Step> steps, Ends ends, boolean hasBackward, List<NormInput> normInputs) {
    this.steps = List.copyOf(steps);
    this.ends = ends;
    this.hasBackward = hasBackward;
    this.normInputs = List.copyOf(normInputs);
  }

  /** The tensors at both ends. */
  public Ends ends() {
    return ends;
  }

  /** The inputs of all batch normalizations, in the order in which they are computed. */
  public List<NormInput> normInputs() {
    return normInputs;
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
