package io.github.bn4j.train.engine;

import io.github.bn4j.op.Tensor;
import java.util.List;

/**
 * One tensor that an optimizer changes, and what it keeps for it; all f32 and of one size.
 *
 * @param value the parameter
 * @param gradient its gradient
 * @param state as many tensors as {@link OptimizerSpec#statesPerParameter}, zero at first
 */
public record Slot(Tensor value, Tensor gradient, List<Tensor> state) {
  /** Copies the list and checks the sizes. */
  public Slot {
    state = List.copyOf(state);
    if (gradient.elements() != value.elements()
        || state.stream().anyMatch(one -> one.elements() != value.elements())) {
      throw new IllegalArgumentException(
          "slot: expected gradient and state of %d elements each, got %d and %s"
              .formatted(
                  value.elements(),
                  gradient.elements(),
                  state.stream().map(Tensor::elements).toList()));
    }
  }
}
