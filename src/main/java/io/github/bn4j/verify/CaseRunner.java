package io.github.bn4j.verify;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.SavedStatistics;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Computes cases on one backend, in its own memory, and brings the results to the host. */
public final class CaseRunner {
  private final Backend backend;
  private final PlanOptions options;

  /** A runner for plans made with these options. */
  public CaseRunner(Backend backend, PlanOptions options) {
    this.backend = backend;
    this.options = options;
  }

  /**
   * Runs forward, and backward where the mode has it.
   *
   * @param expected results whose saved statistics the backward pass is given instead of its own;
   *     null to keep its own
   * @return all results of both passes
   * @throws IllegalArgumentException if the backend does not support the case
   */
  public Map<Quantity, HostTensor> run(
      Case c, CaseInputs inputs, @Nullable Map<Quantity, HostTensor> expected) {
    try (Memory memory = backend.memory(options)) {
      return run(c, inputs, expected, memory);
    }
  }

  /** Runs a case in tensors that this memory makes. */
  public Map<Quantity, HostTensor> run(
      Case c, CaseInputs inputs, @Nullable Map<Quantity, HostTensor> expected, Memory memory) {
    try (Plan plan = backend.plan(c.spec(), options)) {
      CaseTensors tensors = CaseTensors.of(memory, c, inputs, plan.reserveBytes());
      plan.forward(tensors.forward());
      Map<Quantity, HostTensor> results = tensors.readForward(memory);
      BackwardTensors backward = tensors.backward();
      if (backward != null) {
        if (c.inPlace()) {
          memory.write(backward.x(), inputs.x());
        }
        giveSaved(memory, backward.inputs().saved(), expected);
        plan.backward(backward);
        results.putAll(tensors.readBackward(memory));
      }
      results.put(Quantity.SKIPPED, HostTensor.of(plan.skippedUpdates()));
      return results;
    }
  }

  private static void giveSaved(
      Memory memory,
      @Nullable SavedStatistics saved,
      @Nullable Map<Quantity, HostTensor> expected) {
    if (saved == null || expected == null) {
      return;
    }
    HostTensor mean = expected.get(Quantity.SAVED_MEAN);
    HostTensor invStd = expected.get(Quantity.SAVED_INV_STD);
    if (mean != null && invStd != null) {
      memory.write(saved.mean(), mean);
      memory.write(saved.invStd(), invStd);
    }
  }
}
