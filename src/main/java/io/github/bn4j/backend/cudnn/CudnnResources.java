package io.github.bn4j.backend.cudnn;

import io.github.bn4j.backend.Plan;
import io.github.bn4j.backend.PlanOptions;
import io.github.bn4j.backend.ptx.PtxBackend;
import io.github.bn4j.backend.ptx.RunningUpdateKernel;
import io.github.bn4j.cuda.CudaContext;
import io.github.bn4j.cuda.CudaStream;
import io.github.bn4j.cuda.DeviceBuffer;
import io.github.bn4j.cuda.DevicePointer;
import io.github.bn4j.cuda.Resources;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.RunningStatistics;
import io.github.bn4j.op.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a plan holds; made at once, and given back in the opposite order, also if making fails. */
final class CudnnResources implements AutoCloseable {
  private final Resources made = new Resources();
  private @Nullable CudnnHandle handle;
  private @Nullable CudnnCalls calls;
  private CudnnCalls.Sizes sizes = new CudnnCalls.Sizes(0, 0);
  private @Nullable DeviceBuffer workspace;
  private @Nullable RunningUpdateKernel runningUpdate;
  private @Nullable RunningStatistics batch;
  private @Nullable Plan backward;
  private @Nullable DeviceBuffer ownReserve;
  private @Nullable DeviceBuffer ones;
  private @Nullable DeviceBuffer zeros;
  private @Nullable DeviceBuffer unusedScale;
  private @Nullable DeviceBuffer unusedShift;

  CudnnResources(BatchNormSpec spec, CudaStream stream, boolean persistent) {
    boolean done = false;
    CudaContext context = stream.context();
    context.enter();
    try {
      if (spec.shape().elements() > 0) {
        makeCalls(spec, stream, persistent);
        makeStandIns(spec, stream);
      }
      if (spec.updatesRunningStatistics()) {
        runningUpdate = made.keep(new RunningUpdateKernel(context, spec));
        batch = new RunningStatistics(filled(spec, stream, 0), filled(spec, stream, 0), null);
      }
      if (spec.activation() != Activation.NONE) {
        makeFused(spec, stream);
      }
      done = true;
    } finally {
      if (!done) {
        close();
      }
      context.exit();
    }
  }

  private void makeCalls(BatchNormSpec spec, CudaStream stream, boolean persistent) {
    CudaContext context = stream.context();
    CudnnHandle shared = CudnnHandle.acquire(context);
    handle = shared;
    made.keep(shared::release);
    int mode = CudnnDescriptors.modeOf(spec, persistent);
    CudnnCalls prepared = new CudnnCalls(spec, mode, made.keep(new CudnnDescriptors(spec, mode)));
    calls = prepared;
    if (persistent && CudnnLimits.usesExtendedCalls(spec)) {
      synchronized (shared) {
        sizes = prepared.sizes(shared.use(stream));
      }
      workspace = made.keep(DeviceBuffer.allocate(context, DataType.U8, sizes.workspace()));
    }
  }

  /**
   * cuDNN's fused backward call needs y, which may be gone by then: dy often takes its place. So
   * our own kernels go backward, from x, and what cuDNN puts into its reserve stays unused.
   */
  private void makeFused(BatchNormSpec spec, CudaStream stream) {
    ownReserve = made.keep(DeviceBuffer.allocate(stream.context(), DataType.U8, sizes.reserve()));
    PlanOptions options = new PlanOptions(0, stream.device(), stream);
    backward = made.keep(new PtxBackend().plan(spec, options));
  }

  /** cuDNN asks for gamma, beta and both gradients, also where the spec has none. */
  private void makeStandIns(BatchNormSpec spec, CudaStream stream) {
    if (!spec.hasScale()) {
      ones = filled(spec, stream, 1);
    }
    if (!spec.hasShift()) {
      zeros = filled(spec, stream, 0);
    }
    if (spec.mode() == Mode.TRAINING && !spec.hasScale()) {
      unusedScale = filled(spec, stream, 0);
    }
    if (spec.mode() == Mode.TRAINING && !spec.hasShift()) {
      unusedShift = filled(spec, stream, 0);
    }
  }

  private DeviceBuffer filled(BatchNormSpec spec, CudaStream stream, int value) {
    DataType type = spec.statisticsType();
    long channels = spec.shape().channels();
    DeviceBuffer buffer = made.keep(DeviceBuffer.allocate(stream.context(), type, channels));
    if (value == 0) {
      buffer.zeroAsync(stream);
      return buffer;
    }
    int bytes = Math.toIntExact(buffer.bytes());
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    HostTensor values = HostTensor.ofBuffers(type, direct);
    for (long c = 0; c < channels; c++) {
      values.set(c, value);
    }
    buffer.writeAsync(0, direct, stream);
    stream.synchronize();
    return buffer;
  }

  CudnnHandle handle() {
    return Objects.requireNonNull(handle);
  }

  CudnnCalls calls() {
    return Objects.requireNonNull(calls);
  }

  /** Bytes that a caller has to keep from forward to backward, if it wants the Ex calls. */
  long reserveBytes() {
    return backward == null ? sizes.reserve() : 0;
  }

  /** Mean and unbiased variance of a batch, zero between calls; null where nobody wants them. */
  @Nullable RunningStatistics batch() {
    return batch;
  }

  /** The plan of our own kernels that goes backward; null where cuDNN does. */
  @Nullable Plan backward() {
    return backward;
  }

  RunningUpdateKernel runningUpdate() {
    return Objects.requireNonNull(runningUpdate);
  }

  CudnnCalls.Affine affine(@Nullable Tensor gamma, @Nullable Tensor beta) {
    return new CudnnCalls.Affine(either(gamma, ones), either(beta, zeros));
  }

  Tensor scale(@Nullable Tensor gamma) {
    return either(gamma, ones);
  }

  CudnnCalls.Affine gradients(@Nullable Tensor dGamma, @Nullable Tensor dBeta) {
    return new CudnnCalls.Affine(either(dGamma, unusedScale), either(dBeta, unusedShift));
  }

  private static Tensor either(@Nullable Tensor given, @Nullable Tensor standIn) {
    return given != null ? given : Objects.requireNonNull(standIn);
  }

  CudnnCalls.Space space(@Nullable Tensor reserve) {
    DeviceBuffer space = Objects.requireNonNull(workspace);
    return new CudnnCalls.Space(
        new DevicePointer(space.address()),
        sizes.workspace(),
        backward == null ? reserve : ownReserve,
        batch);
  }

  @Override
  public void close() {
    made.close();
  }
}
