package io.github.bn4j.peers;

import io.github.bn4j.bench.BenchmarkCase;
import io.github.bn4j.bench.BenchmarkOp;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Layout;
import java.util.SplittableRandom;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.batch_normalization_backward;
import org.bytedeco.dnnl.batch_normalization_forward;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.normalization_flags;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;

/** oneDNN's batch_normalization; the number of threads is OpenMP's. */
final class OneDnnPeer implements Peer {
  private static final float EPSILON = 1e-5f;

  private final engine processor = new engine(engine.kind.cpu, 0);
  private final stream queue = new stream(processor);

  @Override
  public String name() {
    return "oneDNN";
  }

  @Override
  public Runnable prepare(BenchmarkCase each) {
    BatchNormSpec spec = each.spec();
    boolean given =
        each.op() == BenchmarkOp.FORWARD_INFERENCE || each.op() == BenchmarkOp.BACKWARD_FROZEN;
    int flags =
        normalization_flags.use_scale.value
            | normalization_flags.use_shift.value
            | (given ? normalization_flags.use_global_stats.value : 0);
    memory.desc data = new memory.desc(dims(spec), type(spec.dataType()), tag(spec));
    int forward = given ? prop_kind.forward_inference.value : prop_kind.forward_training.value;
    batch_normalization_forward.primitive_desc hint =
        new batch_normalization_forward.primitive_desc(
            processor, each.op() == BenchmarkOp.BACKWARD_FROZEN
                ? prop_kind.forward_training.value : forward, data, data, EPSILON, flags);
    memory x = filled(data, spec);
    memory mean = perChannel(spec);
    memory variance = perChannel(spec);
    memory scale = perChannel(spec);
    IntMemoryMap arguments = new IntMemoryMap();
    arguments.put(dnnl.DNNL_ARG_SRC, x);
    arguments.put(dnnl.DNNL_ARG_DST, filled(data, spec));
    arguments.put(dnnl.DNNL_ARG_MEAN, mean);
    arguments.put(dnnl.DNNL_ARG_VARIANCE, variance);
    arguments.put(dnnl.DNNL_ARG_SCALE, scale);
    arguments.put(dnnl.DNNL_ARG_SHIFT, perChannel(spec));
    primitive forwardRun = new batch_normalization_forward(hint);
    if (!each.op().isBackward()) {
      return () -> execute(forwardRun, arguments);
    }
    execute(forwardRun, arguments);
    IntMemoryMap gradients = new IntMemoryMap();
    gradients.put(dnnl.DNNL_ARG_SRC, x);
    gradients.put(dnnl.DNNL_ARG_MEAN, mean);
    gradients.put(dnnl.DNNL_ARG_VARIANCE, variance);
    gradients.put(dnnl.DNNL_ARG_SCALE, scale);
    gradients.put(dnnl.DNNL_ARG_DIFF_DST, filled(data, spec));
    gradients.put(dnnl.DNNL_ARG_DIFF_SRC, filled(data, spec));
    gradients.put(dnnl.DNNL_ARG_DIFF_SCALE, perChannel(spec));
    gradients.put(dnnl.DNNL_ARG_DIFF_SHIFT, perChannel(spec));
    primitive backwardRun =
        new batch_normalization_backward(
            new batch_normalization_backward.primitive_desc(
                processor, prop_kind.backward.value, data, data, data, EPSILON, flags, hint));
    return () -> execute(backwardRun, gradients);
  }

  private void execute(primitive run, IntMemoryMap arguments) {
    run.execute(queue, arguments);
    queue._wait();
  }

  private static long[] dims(BatchNormSpec spec) {
    return spec.shape().sizes();
  }

  private static memory.format_tag tag(BatchNormSpec spec) {
    boolean last = spec.layout() == Layout.CHANNEL_LAST;
    return switch (spec.shape().rank()) {
      case 2 -> memory.format_tag.ab;
      case 4 -> last ? memory.format_tag.acdb : memory.format_tag.abcd;
      default ->
          throw new IllegalArgumentException(
              "shape: expected rank 2 or 4, got " + spec.shape().rank());
    };
  }

  private static memory.data_type type(DataType type) {
    return switch (type) {
      case F32 -> memory.data_type.f32;
      case F16 -> memory.data_type.f16;
      case BF16 -> memory.data_type.bf16;
      default -> throw new IllegalArgumentException("type: expected f32, f16 or bf16, got " + type);
    };
  }

  private memory filled(memory.desc data, BatchNormSpec spec) {
    memory made = new memory(data, processor);
    long elements = spec.shape().elements();
    int bytes = spec.dataType().bytes();
    HostTensor values =
        HostTensor.ofBuffers(
            spec.dataType(),
            new BytePointer(made.get_data_handle()).capacity(elements * bytes).asByteBuffer());
    SplittableRandom random = new SplittableRandom(elements);
    for (long i = 0; i < elements; i++) {
      values.set(i, (random.nextInt() >>> 8) * (3.5f / (1 << 24)) - 1.5f);
    }
    return made;
  }

  private memory perChannel(BatchNormSpec spec) {
    long channels = spec.shape().channels();
    memory.desc shape =
        new memory.desc(new long[] {channels}, memory.data_type.f32, memory.format_tag.a);
    memory made = new memory(shape, processor);
    FloatPointer values = new FloatPointer(made.get_data_handle()).capacity(channels);
    for (long c = 0; c < channels; c++) {
      values.put(c, 1);
    }
    return made;
  }
}
