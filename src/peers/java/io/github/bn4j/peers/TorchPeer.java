package io.github.bn4j.peers;

import io.github.bn4j.bench.BenchmarkCase;
import io.github.bn4j.bench.BenchmarkOp;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** PyTorch's native_batch_norm: forward into a given output, backward into a new tensor. */
final class TorchPeer implements Peer {
  private static final double EPSILON = 1e-5;
  private static final double MOMENTUM = 0.1;

  TorchPeer(int threads) {
    torch.set_num_threads(threads);
  }

  @Override
  public String name() {
    return "PyTorch";
  }

  @Override
  public Runnable prepare(BenchmarkCase each) {
    BatchNormSpec spec = each.spec();
    Tensor x = full(spec);
    Tensor y = full(spec);
    long channels = spec.shape().channels();
    TensorOptional weight = new TensorOptional(torch.rand(channels));
    TensorOptional bias = new TensorOptional(torch.rand(channels));
    TensorOptional mean = new TensorOptional(torch.rand(channels));
    TensorOptional variance = new TensorOptional(torch.rand(channels));
    boolean training =
        each.op() == BenchmarkOp.FORWARD_TRAINING || each.op() == BenchmarkOp.BACKWARD;
    Tensor saveMean = torch.empty(training ? channels : 0);
    Tensor saveInvStd = torch.empty(training ? channels : 0);
    Runnable forward =
        () -> {
            torch.native_batch_norm_out(
                    y, saveMean, saveInvStd, x, weight, bias, mean, variance, training, MOMENTUM,
                    EPSILON)
.close();
        };
    if (!each.op().isBackward()) {
      return forward;
    }
    forward.run();
    Tensor dy = full(spec);
    TensorOptional savedMean = new TensorOptional(saveMean);
    TensorOptional savedInvStd = new TensorOptional(saveInvStd);
    BoolPointer all = new BoolPointer(3).put(0, true).put(1, true).put(2, true);
    return () -> {
        torch.native_batch_norm_backward(
                dy, x, weight, mean, variance, savedMean, savedInvStd, training, EPSILON, all)
.close();
    };
  }

  private static ScalarType type(DataType type) {
    return switch (type) {
      case F32 -> ScalarType.Float;
      case F16 -> ScalarType.Half;
      case BF16 -> ScalarType.BFloat16;
      default -> throw new IllegalArgumentException("type: expected f32, f16 or bf16, got " + type);
    };
  }

  private static Tensor full(BatchNormSpec spec) {
    Tensor values = torch.rand(spec.shape().sizes()).to(type(spec.dataType()));
    boolean last = spec.layout() == Layout.CHANNEL_LAST && spec.shape().rank() == 4;
    return last ? values.contiguous(MemoryFormat.ChannelsLast) : values;
  }
}
