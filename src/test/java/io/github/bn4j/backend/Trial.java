package io.github.bn4j.backend;

import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SavedStatistics;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.verify.Case;
import io.github.bn4j.verify.CaseInputs;
import io.github.bn4j.verify.CaseTensors;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A case set up on a backend: a plan, and filled tensors in its memory. */
public final class Trial implements AutoCloseable {
  private final Memory memory;
  private final Plan plan;
  private final CaseInputs inputs;
  private final CaseTensors tensors;

  Trial(Backend backend, PlanOptions options, Case c) {
    this(backend, options, c, backend.memory(options));
  }

  Trial(Backend backend, PlanOptions options, Case c, Memory memory) {
    this.memory = memory;
    this.plan = backend.plan(c.spec(), options);
    this.inputs = CaseInputs.of(c);
    this.tensors = CaseTensors.of(memory, c, inputs, plan.reserveBytes());
  }

  Memory memory() {
    return memory;
  }

  Plan plan() {
    return plan;
  }

  CaseInputs inputs() {
    return inputs;
  }

  CaseTensors tensors() {
    return tensors;
  }

  ForwardTensors forwardTensors() {
    return tensors.forward();
  }

  BackwardTensors backwardTensors() {
    return present(tensors.backward());
  }

  RunningStatistics running() {
    return present(forwardTensors().running());
  }

  SavedStatistics saved() {
    return present(forwardTensors().saved());
  }

  /** Runs the forward pass. */
  Trial forward() {
    plan.forward(forwardTensors());
    return this;
  }

  /** Runs the backward pass. */
  Trial backward() {
    plan.backward(backwardTensors());
    return this;
  }

  /** A tensor's values. */
  double[] values(@Nullable Tensor tensor) {
    return host(tensor).toDoubles();
  }

  /** The counter of batches. */
  long batches() {
    return host(running().batches()).getLong(0);
  }

  /** The running mean that the case starts from. */
  double[] meanBefore() {
    return present(inputs.runningMean()).toDoubles();
  }

  /** The running variance that the case starts from. */
  double[] varianceBefore() {
    return present(inputs.runningVariance()).toDoubles();
  }

  /** The counter that the case starts from. */
  long batchesBefore() {
    return present(inputs.batches()).getLong(0);
  }

  /** A copy of a tensor on the host. */
  HostTensor host(@Nullable Tensor tensor) {
    return memory.toHost(present(tensor));
  }

  /** Overwrites a tensor. */
  void write(@Nullable Tensor tensor, HostTensor values) {
    memory.write(present(tensor), values);
  }

  private static <T> T present(@Nullable T value) {
    return Objects.requireNonNull(value, "the case has no such tensor");
  }

  @Override
  public void close() {
    plan.close();
    memory.close();
  }
}
