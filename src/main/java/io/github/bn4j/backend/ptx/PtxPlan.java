package io.github.bn4j.backend.ptx;

import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Checks;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.Mode;
import org.jspecify.annotations.Nullable;

/** A spec prepared for one stream: kernels loaded, workspace allocated, arguments filled in. */
final class PtxPlan implements Plan {
  private final BatchNormSpec spec;
  private final CudaStream stream;
  private final Geometry geometry;
  private final PtxModules modules;
  private final Workspace workspace;
  private final Kernels kernels;
  private boolean closed;

  /** The kernels that the spec's mode needs; the others are null. */
  private record Kernels(
      @Nullable StatisticsKernel statistics,
      @Nullable NormalizeKernel normalize,
      @Nullable InferenceKernel inference,
      @Nullable BackwardReduceKernel reduce,
      @Nullable BackwardApplyKernel apply,
      @Nullable BackwardFrozenKernel frozen) {

    static Kernels of(Setup setup) {
      boolean batch = setup.spec().usesBatchStatistics();
      boolean training = setup.spec().mode() == Mode.TRAINING;
      boolean frozen = setup.spec().mode() == Mode.FROZEN;
      return new Kernels(
          batch ? new StatisticsKernel(setup) : null,
          batch ? new NormalizeKernel(setup) : null,
          batch ? null : new InferenceKernel(setup),
          training ? new BackwardReduceKernel(setup) : null,
          training ? new BackwardApplyKernel(setup) : null,
          frozen ? new BackwardFrozenKernel(setup) : null);
    }
  }

  PtxPlan(BatchNormSpec spec, PlanOptions options) {
    this.spec = spec;
    this.stream = CudaStream.of(options);
    this.geometry = Geometry.of(spec);
    int multiprocessors = stream.context().device().limits().multiprocessors();
    this.modules = PtxModules.of(stream.context());
    Workspace memory = null;
    try {
      memory = Workspace.cleared(stream.context(), sizes(multiprocessors));
      kernels = Kernels.of(new Setup(modules, spec, geometry, multiprocessors, memory));
    } catch (RuntimeException e) {
      if (memory != null) {
        memory.close();
      }
      modules.close();
      throw e;
    }
    this.workspace = memory;
  }

  private Workspace.Sizes sizes(int multiprocessors) {
    if (!spec.usesBatchStatistics() && spec.mode() != Mode.FROZEN) {
      return new Workspace.Sizes(0, 0, 0, spec.statisticsType());
    }
    int wide = Setup.isWide(spec, geometry) ? LaunchTuning.packSize(spec.dataType()) : 1;
    LaunchTuning.Reduction usual = LaunchTuning.reduction(geometry, multiprocessors, wide);
    LaunchTuning.Reduction narrow = LaunchTuning.reduction(geometry, multiprocessors, 1);
    long splits = Math.max(usual.splits(), narrow.splits());
    long partials = splits == 1 ? 0 : Math.multiplyExact(splits, spec.shape().channels());
    // Without splits one ticket counts the finished groups for the batch counter.
    long tickets = splits == 1 ? 1 : Math.max(usual.groups(), narrow.groups()) + 1;
    return new Workspace.Sizes(spec.shape().channels(), partials, tickets, spec.statisticsType());
  }

  @Override
  public BatchNormSpec spec() {
    return spec;
  }

  @Override
  public String backend() {
    return PtxBackend.NAME;
  }

  @Override
  public long reserveBytes() {
    return spec.activation() == Activation.NONE ? 0 : geometry.maskBytes();
  }

  @Override
  public void forward(ForwardTensors t) {
    checkOpen();
    Checks.forward(spec, t, stream.device(), reserveBytes());
    if (geometry.m() == 0) {
      return;
    }
    stream.context().enter();
    try {
      if (kernels.statistics != null && kernels.normalize != null) {
        kernels.statistics.queue(t, stream);
        kernels.normalize.queue(t, stream);
      } else if (kernels.inference != null) {
        kernels.inference.queue(t, stream);
      }
    } finally {
      stream.context().exit();
    }
  }

  @Override
  public void backward(BackwardTensors t) {
    checkOpen();
    Checks.backward(spec, t, stream.device(), reserveBytes());
    stream.context().enter();
    try {
      if (kernels.frozen != null) {
        kernels.frozen.queue(t, stream);
      } else if (kernels.reduce != null && kernels.apply != null) {
        kernels.reduce.queue(t, stream);
        if (geometry.m() > 0) {
          kernels.apply.queue(t, stream);
        }
      }
    } finally {
      stream.context().exit();
    }
  }

  @Override
  public long skippedUpdates() {
    checkOpen();
    return workspace.readSkipped(stream);
  }

  @Override
  public String explain() {
    return new Explanation(spec, geometry, workspace.bytes())
        .of(stream.context().device().describe(), forwardSteps(), backwardSteps());
  }

  private String forwardSteps() {
    if (kernels.statistics != null && kernels.normalize != null) {
      return kernels.statistics.describe() + ", " + kernels.normalize.describe();
    }
    return kernels.inference == null ? "" : kernels.inference.describe();
  }

  private String backwardSteps() {
    if (kernels.frozen != null) {
      return kernels.frozen.describe();
    }
    return kernels.reduce == null || kernels.apply == null
        ? ""
        : kernels.reduce.describe() + ", " + kernels.apply.describe();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      workspace.close();
      modules.close();
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("plan: expected an open plan, got a closed one");
    }
  }
}
