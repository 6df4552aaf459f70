package io.github.bn4j.train.cuda;

import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.ptx.Launch;
import io.github.bn4j.cuda.CudaContext;
import io.github.bn4j.cuda.CudaMemory;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.cuda.DeviceBuffer;
import io.github.bn4j.cuda.Resources;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.DeviceTensor;
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
import org.jspecify.annotations.Nullable;

/** Steps on a GPU; see the package's page. */
final class CudaEngine implements Engine {
  private final Resources made = new Resources();
  private final CudaStream stream;
  private final PlanOptions options;
  private final CudaMemory memory;
  private final Session session;

  /**
   * @param given the caller's stream; null for one of the engine's own
   */
  CudaEngine(@Nullable CudaStream given, PlanOptions options) {
    try {
      this.stream =
          given != null
              ? given
              : made.keep(CudaStream.create(CudaContext.primary(options.device())));
      this.options = new PlanOptions(options.threads(), stream.device(), stream);
      this.memory = made.keep(new CudaMemory(stream));
      this.session = made.keep(new Session(stream));
    } catch (RuntimeException e) {
      made.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return CudaEngineProvider.NAME;
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
    if (!(whole instanceof DeviceTensor tensor)
        || from < 0
        || elements < 0
        || elements > whole.elements() - from) {
      throw new IllegalArgumentException(
          "slice: expected part of %d elements in device memory, got %d from element %d"
              .formatted(whole.elements(), elements, from));
    }
    DataType type = whole.dataType();
    long address = tensor.address() + from * type.bytes();
    return DeviceBuffer.wrap(stream.context(), address, type, elements);
  }

  @Override
  public Step convolution(ConvolutionSpec spec, Weights weights, Flow flow) {
    return new ConvolutionStep(session, ConvolutionShape.of(spec), weights, flow);
  }

  @Override
  public Step dense(DenseSpec spec, Weights weights, Flow flow) {
    return new ConvolutionStep(session, ConvolutionShape.of(spec), weights, flow);
  }

  @Override
  public Step maxPool(PoolSpec spec, Flow flow) {
    return new PoolingStep(session, spec, flow);
  }

  @Override
  public Step pointwise(Pointwise function, Flow flow) {
    return new PointwiseStep(session, function, flow);
  }

  @Override
  public Step dropout(DropoutSpec spec, Tensor clock, Flow flow) {
    Launch forward = DropoutKernel.prepare(session, spec, clock, flow.x(), flow.y());
    Tensor dy = flow.dy();
    Tensor dx = flow.dx();
    return new KernelStep(
        session,
        forward,
        dy == null || dx == null ? null : DropoutKernel.prepare(session, spec, clock, dy, dx),
        dy != null);
  }

  @Override
  public Step sum(Tensor a, Tensor b, Tensor sum) {
    return new KernelStep(session, SumKernel.prepare(session, a, b, sum), null, true);
  }

  @Override
  public Step softmaxCrossEntropy(LossTensors tensors) {
    return new LossStep(session, tensors);
  }

  @Override
  public Runnable optimizer(OptimizerSpec spec, List<Slot> slots, Tensor clock) {
    return made.keep(new OptimizerUpdate(session, spec, slots, clock));
  }

  @Override
  public Runnable advance(Tensor clock) {
    Launch launch = ClockKernel.prepare(session, clock);
    return () -> session.queue(launch);
  }

  @Override
  public Runnable recorded(Runnable work) {
    return made.keep(new RecordedWork(stream, work));
  }

  /** Closing twice is harmless. */
  @Override
  public void close() {
    made.close();
  }
}
