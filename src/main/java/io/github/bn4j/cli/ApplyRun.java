package io.github.bn4j.cli;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.HostMemory;
import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.bench.BenchmarkOp;
import io.github.bn4j.io.NamedTensors;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.SavedStatistics;
import io.github.bn4j.op.Tensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One operation on the tensors of a file, by one backend, in that backend's memory. */
final class ApplyRun implements AutoCloseable {
  private final BenchmarkOp operation;
  private final ApplyInput input;
  private final BatchNormSpec spec;
  private final Backend backend;
  private final Memory memory;
  private final Plan plan;
  private final @Nullable HostTensor counter;

  ApplyRun(BenchmarkOp operation, ApplyInput input, ApplyOptions options) {
    this.operation = operation;
    this.input = input;
    this.counter = input.counter();
    // A backward pass reads no running statistics but those of FROZEN, and updates none.
    boolean tracks = input.hasRunning() && operation != BenchmarkOp.BACKWARD;
    if (operation == BenchmarkOp.BACKWARD_FROZEN && !tracks) {
      throw Failure.badInput(
          "running_mean, running_var: expected both for backward-frozen, got neither; add them, or"
              + " use backward for batch statistics");
    }
    if (operation == BenchmarkOp.FORWARD_TRAINING
        && tracks
        && options.isCumulative()
        && counter == null) {
      throw Failure.badInput(
          "num_batches_tracked: expected the number of batches so far, since --momentum none"
              + " averages over them, got none; add it or give a number");
    }
    this.spec =
        options.spec(
            BatchNormSpec.builder(input.shape())
                .dataType(input.dataType())
                .mode(operation.mode())
                .affine(input.has("weight"), input.has("bias"))
                .trackRunningStatistics(tracks)
                .residual(input.has("residual")));
    this.backend = options.backend(spec);
    this.plan = backend.plan(spec, options.planOptions());
    this.memory = backend.onDevice() ? backend.memory(options.planOptions()) : new HostMemory();
  }

  BatchNormSpec spec() {
    return spec;
  }

  String backend() {
    return backend.name();
  }

  /** Computes; the result is named as in the output file. */
  NamedTensors compute() {
    return operation.isBackward() ? backward() : forward();
  }

  private NamedTensors forward() {
    ForwardTensors tensors = forwardTensors(allocateActivations());
    plan.forward(tensors);
    NamedTensors.Builder out = NamedTensors.builder();
    out.put("output", host(tensors.y()), input.fileShape());
    if (operation == BenchmarkOp.FORWARD_INFERENCE) {
      return out.build();
    }
    putPerChannel(out, "save_mean", Objects.requireNonNull(tensors.saved()).mean());
    putPerChannel(out, "save_invstd", Objects.requireNonNull(tensors.saved()).invStd());
    RunningStatistics running = tensors.running();
    if (running != null) {
      out.put("running_mean", host(running.mean()), input.fileShape("running_mean"));
      out.put("running_var", host(running.variance()), input.fileShape("running_var"));
    }
    if (counter != null) {
      out.put("num_batches_tracked", counted(running), input.fileShape("num_batches_tracked"));
    }
    return out.build();
  }

  /** The counter after training; without running statistics no plan has counted. */
  private HostTensor counted(@Nullable RunningStatistics running) {
    if (running != null && running.batches() != null) {
      return host(running.batches());
    }
    long before = Objects.requireNonNull(counter).getLong(0);
    boolean counts =
        spec.toBuilder().trackRunningStatistics(true).build().updatesRunningStatistics();
    return HostTensor.of(counts ? before + 1 : before);
  }

  private NamedTensors backward() {
    HostTensor dy = input.requiredActivations("grad_output", "the gradient of the output");
    Tensor dx = allocateActivations();
    Tensor dResidual = spec.hasResidual() ? allocateActivations() : null;
    Tensor dGamma = spec.hasScale() ? allocatePerChannel() : null;
    Tensor dBeta = spec.hasShift() ? allocatePerChannel() : null;
    ForwardTensors forward = forwardTensors(dx);
    if (spec.mode() == Mode.TRAINING) {
      // Leaves the batch statistics; its output goes where dx will be written over it.
      plan.forward(forward);
    }
    plan.backward(
        BackwardTensors.builder(forward, place(dy), dx)
            .dResidual(dResidual)
            .affine(dGamma, dBeta)
            .build());
    NamedTensors.Builder out = NamedTensors.builder();
    out.put("grad_input", host(dx), input.fileShape());
    if (dGamma != null) {
      putPerChannel(out, "grad_weight", dGamma);
    }
    if (dBeta != null) {
      putPerChannel(out, "grad_bias", dBeta);
    }
    if (dResidual != null) {
      out.put("grad_residual", host(dResidual), input.fileShape());
    }
    return out.build();
  }

  private ForwardTensors forwardTensors(Tensor y) {
    ForwardTensors.Builder tensors =
        ForwardTensors.builder(place(input.x()), y)
            .residual(placeOrNull(input.activations("residual")))
            .affine(placeOrNull(input.perChannel("weight")), placeOrNull(input.perChannel("bias")));
    HostTensor mean = input.perChannel("running_mean");
    HostTensor variance = input.perChannel("running_var");
    if (spec.tracksRunningStatistics() && mean != null && variance != null) {
      tensors.running(new RunningStatistics(place(mean), place(variance), placeOrNull(counter)));
    }
    if (spec.mode() == Mode.TRAINING) {
      tensors.saved(new SavedStatistics(allocatePerChannel(), allocatePerChannel()));
    }
    return tensors.build();
  }

  private void putPerChannel(NamedTensors.Builder out, String name, Tensor tensor) {
    out.put(name, host(tensor), input.shape().channels());
  }

  private Tensor allocateActivations() {
    return memory.allocate(spec.dataType(), spec.shape().elements());
  }

  private Tensor allocatePerChannel() {
    return memory.allocate(spec.statisticsType(), spec.shape().channels());
  }

  /** Where the plan can use it; on the host that is where it is. */
  private Tensor place(HostTensor tensor) {
    return backend.onDevice() ? memory.copyOf(tensor) : tensor;
  }

  private @Nullable Tensor placeOrNull(@Nullable HostTensor tensor) {
    return tensor == null ? null : place(tensor);
  }

  private HostTensor host(Tensor tensor) {
    return tensor instanceof HostTensor onHost ? onHost : memory.toHost(tensor);
  }

  @Override
  public void close() {
    plan.close();
    memory.close();
  }
}
