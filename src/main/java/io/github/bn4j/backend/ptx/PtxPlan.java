package io.github.bn4j.backend.ptx;

import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.cuda.CudaDevice;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.Checks;
import io.github.bn4j.op.ForwardTensors;

/** A spec prepared for one stream: kernels loaded, workspace allocated, arguments filled in. */
final class PtxPlan implements Plan {
  private final BatchNormSpec spec;
  private final String backend;
  private final CudaStream stream;
  private final Geometry geometry;
  private final PtxModules modules;
  private final Workspace workspace;
  private final Passes passes;
  private boolean closed;

  /**
   * @param backend its name
   * @param forcing tiers that are asked for
   * @throws IllegalArgumentException if the device cannot do the spec in these tiers
   */
  PtxPlan(BatchNormSpec spec, PlanOptions options, String backend, Forcing forcing) {
    this.spec = spec;
    this.backend = backend;
    this.stream = CudaStream.of(options);
    this.geometry = Geometry.of(spec);
    CudaDevice.Limits limits = stream.context().device().limits();
    Passes.Tiers tiers = Passes.Tiers.choose(spec, stream.context().device(), forcing);
    this.modules = PtxModules.of(stream.context());
    Workspace memory = null;
    try {
      memory = Workspace.cleared(stream.context(), tiers.sizes(spec, limits));
      passes = Passes.of(new Setup(modules, spec, geometry, limits, memory), tiers);
    } catch (RuntimeException e) {
      if (memory != null) {
        memory.close();
      }
      modules.close();
      throw e;
    }
    this.workspace = memory;
  }

  @Override
  public BatchNormSpec spec() {
    return spec;
  }

  @Override
  public String backend() {
    return backend;
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
      passes.forward().queue(t, stream);
    } finally {
      stream.context().exit();
    }
  }

  @Override
  public void backward(BackwardTensors t) {
    checkOpen();
    Checks.backward(spec, t, stream.device(), reserveBytes());
    if (passes.backward() == null) {
      return;
    }
    stream.context().enter();
    try {
      passes.backward().queue(t, stream);
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
        .of(stream.context().device().describe(), passes);
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
