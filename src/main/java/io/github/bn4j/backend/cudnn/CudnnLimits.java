package io.github.bn4j.backend.cudnn;

import io.github.bn4j.backend.Support;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.Layout;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.TensorShape;
import org.jspecify.annotations.Nullable;

/**
 * What cuDNN 9's batch-norm calls can compute, and in which of their modes. Numbers from the API
 * reference and from PyTorch's guards around the same calls; {@code gpu-check} probes them. Whether
 * they take bf16 is known only from trying: {@link CudnnBrainFloat}.
 */
final class CudnnLimits {
  /** Beyond, inference fails or is wrong. */
  static final long INFERENCE_BATCH = 65535;

  /** Beyond, spatial training fails. */
  static final long TRAINING_BATCH = 880801;

  /** Beyond, training with one value per position fails. */
  static final long PER_ACTIVATION_BATCH = 131070;

  /** Descriptors count elements in 32 bits. */
  static final long ELEMENTS = Integer.MAX_VALUE;

  private CudnnLimits() {}

  /** Yes, or which limit the spec crosses; does not ask whether cuDNN is there. */
  static Support supports(BatchNormSpec spec, boolean persistent) {
    String reason = firstReason(spec);
    if (reason == null) {
      reason = fusedReason(spec, persistent);
    }
    if (reason == null && persistent) {
      reason = persistentReason(spec);
    }
    return reason == null ? Support.yes() : Support.no("cudnn: " + reason + "; use ptx");
  }

  private static @Nullable String firstReason(BatchNormSpec spec) {
    TensorShape shape = spec.shape();
    if (spec.mode() == Mode.FROZEN) {
      return "has no backward pass for FROZEN";
    }
    if (shape.elements() > ELEMENTS) {
      return "expected fewer than 2^31 elements, got " + shape.elements();
    }
    return batchReason(spec);
  }

  private static @Nullable String fusedReason(BatchNormSpec spec, boolean persistent) {
    if (spec.activation() == Activation.NONE) {
      return spec.hasResidual() ? "has no call that adds a residual without an activation" : null;
    }
    if (persistent && usesExtendedCalls(spec)) {
      return null;
    }
    return "an activation is fused only in the mode SPATIAL_PERSISTENT (cudnn-persistent), for TRAINING"
        + " with f16, channels last, in fours";
  }

  private static @Nullable String batchReason(BatchNormSpec spec) {
    long n = spec.shape().batch();
    long most = INFERENCE_BATCH;
    if (spec.usesBatchStatistics()) {
      most = isPerActivation(spec) ? PER_ACTIVATION_BATCH : TRAINING_BATCH;
    }
    return n > most
        ? "expected a batch of at most " + most + " in " + spec.mode() + ", got " + n
        : null;
  }

  private static @Nullable String persistentReason(BatchNormSpec spec) {
    if (spec.dataType() == DataType.BF16) {
      return "SPATIAL_PERSISTENT is not known to take bf16";
    }
    if (isPerActivation(spec)) {
      return "SPATIAL_PERSISTENT needs spatial positions, got " + spec.shape();
    }
    return null;
  }

  /**
   * True where there is one position per sample: cuDNN's PER_ACTIVATION mode then computes the same
   * as its SPATIAL mode, and is the one made for that shape.
   */
  static boolean isPerActivation(BatchNormSpec spec) {
    return spec.shape().spatialSize() == 1;
  }

  /**
   * True where the Ex calls have a kernel of their own: NHWC, f16, C a multiple of 4, persistent.
   * TensorFlow's fused op, the one other user of it that we know, has the same conditions.
   */
  static boolean usesExtendedCalls(BatchNormSpec spec) {
    return spec.mode() == Mode.TRAINING
        && spec.layout() == Layout.CHANNEL_LAST
        && spec.dataType() == DataType.F16
        && spec.shape().channels() % 4 == 0;
  }
}
