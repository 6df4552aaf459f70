package io.github.bn4j.backend.ptx;

import io.github.bn4j.cuda.CudaDevice;
import io.github.bn4j.op.Activation;
import io.github.bn4j.op.BatchNormSpec;

/**
 * A pass for which a tier is to be chosen.
 *
 * @param limits of the device
 */
record Problem(
    Direction direction, BatchNormSpec spec, Geometry geometry, CudaDevice.Limits limits) {

  static Problem of(Direction direction, BatchNormSpec spec, CudaDevice.Limits limits) {
    return new Problem(direction, spec, Geometry.of(spec), limits);
  }

  int elementBytes() {
    return spec.dataType().bytes();
  }

  /** Bytes of what is kept on chip of one channel. */
  long channelBytes() {
    return Math.multiplyExact(geometry.m(), (long) elementBytes() * direction.resident);
  }

  /** True if the pass may write a mask. */
  boolean writesMask() {
    return direction == Direction.FORWARD && spec.activation() == Activation.RELU;
  }
}
