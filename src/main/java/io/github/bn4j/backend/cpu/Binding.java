package io.github.bn4j.backend.cpu;

import io.github.bn4j.op.HostTensor;
import io.github.bn4j.op.Tensor;
import org.jspecify.annotations.Nullable;

/** The large tensors of the call in progress; emptied after it, so that a plan keeps nothing. */
final class Binding {
  private static final HostTensor NONE = HostTensor.of(new float[0]);

  HostTensor x = NONE;
  HostTensor y = NONE;
  HostTensor residual = NONE;
  HostTensor dy = NONE;
  HostTensor dx = NONE;
  HostTensor dResidual = NONE;
  HostTensor mask = NONE;

  /** The checked tensor, or an empty one for none. */
  static HostTensor host(@Nullable Tensor tensor) {
    return tensor instanceof HostTensor onHost ? onHost : NONE;
  }

  boolean hasMask() {
    return mask != NONE;
  }

  void clear() {
    x = NONE;
    y = NONE;
    residual = NONE;
    dy = NONE;
    dx = NONE;
    dResidual = NONE;
    mask = NONE;
  }
}
