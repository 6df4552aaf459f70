package io.github.bn4j.train.cpu;

import io.github.bn4j.backend.HostMemory;
import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.cpu.WorkerPool;
import io.github.bn4j.op.ArrayTensor;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Tensor;
import io.github.bn4j.train.engine.ConvolutionSpec;
import io.github.bn4j.train.engine.DenseSpec;
import io.github.bn4j.train.engine.DropoutSpec;
import io.github.bn4j.train.engine.Engine;
import io.github.bn4j.train.engine.Flow;
import io.github.bn4j.train.engine.LossTensors;
import io.github.bn4j.train.engine.OptimizerSpec;
import io.github.bn4j.train.engine.Pointwise;
import io.github.bn4j.train.engine.PoolSpec;
import io.github.bn4j.train.engine.Slot;
import io.github.bn4j.train.engine.Step;
import io.github.bn4j.train.engine.Weights;
import java.util.List;
import java.util.Objects;

/** Computes the workload with the threads and the memory of the JVM. */
public final class CpuEngine implements Engine {
  private final Memory memory = new HostMemory();
  private final PlanOptions options;
  private final WorkerPool pool;
  private boolean closed;

  /** An engine with the threads that the options say; 0 for as many as there are processors. */
  public CpuEngine(PlanOptions options) {
    int threads =
        options.threads() > 0 ? options.threads() : Runtime.getRuntime().availableProcessors();
    this.options = options.withThreads(threads);
    this.pool = WorkerPool.join(threads);
  }

  @Override
  public String name() {
    return "cpu (" + Gemm.name() + ")";
  }

  @Override
  public Memory memory() {
    return memory;
  }

  @Override
  public PlanOptions options() {
    return options;
  }

  @Override
  public Tensor slice(Tensor whole, long from, long elements) {
    if (!(whole instanceof ArrayTensor inArray)) {
      throw new IllegalArgumentException(
          "whole: expected a tensor in an array of the JVM, got another");
    }
    Objects.checkFromIndexSize(from, elements, whole.elements());
    return HostTensor.ofArray(
        whole.dataType(),
        inArray.array(),
        Math.toIntExact(inArray.offset() + from),
        Math.toIntExact(elements));
  }

  @Override
  public Step convolution(ConvolutionSpec spec, Weights weights, Flow flow) {
    return new ConvolutionStep(pool, spec, weights, flow);
  }

  @Override
  public Step dense(DenseSpec spec, Weights weights, Flow flow) {
    return new DenseStep(pool, spec, weights, flow);
  }

  @Override
  public Step maxPool(PoolSpec spec, Flow flow) {
    return new PoolStep(pool, spec, flow);
  }

  @Override
  public Step pointwise(Pointwise function, Flow flow) {
    return new PointwiseStep(pool, function, flow);
  }

  @Override
  public Step dropout(DropoutSpec spec, Tensor clock, Flow flow) {
    return new DropoutStep(pool, spec, clockOnHost(clock), flow);
  }

  @Override
  public Step sum(Tensor a, Tensor b, Tensor sum) {
    return new SumStep(pool, a, b, sum);
  }

  @Override
  public Step softmaxCrossEntropy(LossTensors tensors) {
    return new LossStep(tensors);
  }

  @Override
  public Runnable optimizer(OptimizerSpec spec, List<Slot> slots, Tensor clock) {
    return new CpuOptimizer(pool, spec, slots, clockOnHost(clock));
  }

  @Override
  public Runnable advance(Tensor clock) {
    HostTensor onHost = clockOnHost(clock);
    return () -> onHost.setLong(0, onHost.getLong(0) + 1);
  }

  private static HostTensor clockOnHost(Tensor clock) {
    if (clock instanceof HostTensor onHost
        && clock.dataType() == DataType.I64
        && clock.elements() == 1) {
      return onHost;
    }
    throw new IllegalArgumentException(
        "clock: expected one element of i64 in the JVM's memory, got %d of %s"
            .formatted(clock.elements(), clock.dataType().label()));
  }

  @Override
  public Runnable recorded(Runnable work) {
    return work;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      pool.leave();
      memory.close();
    }
  }
}
