package io.github.bn4j.backend.cpu;

import io.github.bn4j.backend.Plan;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Checks;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** A spec cut into tasks for a pool of threads. */
final class CpuPlan<A> implements Plan {
  private final BatchNormSpec spec;
  private final String kernels;
  private final WorkerPool pool;
  private final Binding binding = new Binding();
  private final Walk<A> walk;
  private final List<Workspace<A>> workspaces = new ArrayList<>();
  private final Channels channels;
  private final Schedule<A> schedule;
  private boolean closed;

  CpuPlan(
      BatchNormSpec spec,
      int threads,
      String kernels,
      BiFunction<Walk<A>, Channels, Workspace<A>> newWorkspace) {
    this.spec = spec;
    this.kernels = kernels;
    this.walk =
        RunWalk.suits(spec) ? new RunWalk<>(spec, binding) : new ColumnWalk<>(spec, binding);
    this.channels = new Channels(spec, walk.slices());
    for (int w = 0; w < threads; w++) {
      workspaces.add(newWorkspace.apply(walk, channels));
    }
    this.pool = WorkerPool.join(threads);
    this.schedule = new Schedule<>(walk, channels, workspaces, pool);
  }

  @Override
  public BatchNormSpec spec() {
    return spec;
  }

  @Override
  public String backend() {
    return "cpu";
  }

  @Override
  public long reserveBytes() {
    return spec.activation() == Activation.NONE ? 0 : walk.maskBytes();
  }

  @Override
  public void forward(ForwardTensors tensors) {
    checkOpen();
    Checks.forward(spec, tensors, Checks.HOST, reserveBytes());
    if (spec.shape().elements() == 0) {
      return;
    }
    try {
      binding.x = Binding.host(tensors.x());
      binding.y = Binding.host(tensors.y());
      binding.residual = Binding.host(tensors.residual());
      binding.mask = Binding.host(tensors.reserve());
      channels.begin(tensors);
      if (spec.usesBatchStatistics()) {
        schedule.forward();
      } else {
        schedule.normalize();
      }
      channels.end(tensors);
    } finally {
      end();
    }
  }

  @Override
  public void backward(BackwardTensors tensors) {
    checkOpen();
    Checks.backward(spec, tensors, Checks.HOST, reserveBytes());
    if (spec.shape().elements() == 0) {
      zero(tensors.dGamma());
      zero(tensors.dBeta());
      return;
    }
    try {
      binding.x = Binding.host(tensors.x());
      binding.dy = Binding.host(tensors.dy());
      binding.dx = Binding.host(tensors.dx());
      binding.dResidual = Binding.host(tensors.dResidual());
      binding.residual = Binding.host(tensors.inputs().residual());
      binding.mask = Binding.host(tensors.inputs().reserve());
      channels.begin(tensors);
      if (spec.mode() == Mode.FROZEN) {
        schedule.backwardFrozen();
      } else {
        schedule.backward();
      }
      channels.end(tensors);
    } finally {
      end();
    }
  }

  private static void zero(@Nullable Tensor tensor) {
    if (tensor instanceof HostTensor onHost) {
      for (long i = 0; i < onHost.elements(); i++) {
        onHost.set(i, 0);
      }
    }
  }

  private void end() {
    binding.clear();
    for (int w = 0; w < workspaces.size(); w++) {
      workspaces.get(w).release();
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("plan: expected an open plan, got a closed one");
    }
  }

  @Override
  public long skippedUpdates() {
    return channels.skippedUpdates();
  }

  @Override
  public String explain() {
    String traffic = spec.usesBatchStatistics() && !walk.fused() ? "read twice" : "read once";
    return "cpu: %s, %d threads, %s; %s, x is %s from memory"
        .formatted(
            kernels,
            pool.threads(),
            walk.describe(),
            walk.fused() ? "a block per task" : "blocks shared by all threads",
            traffic);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      pool.leave();
    }
  }
}
