package io.github.bn4j.api;

import io.github.bn4j.backend.Backend;
import io.github.bn4j.backend.Memory;
import io.github.bn4j.backend.Plan;
import io.github.bn4j.op.ArrayTensor;
import io.github.bn4j.op.BackwardTensors;
import io.github.bn4j.op.BatchNormSpec;
import io.github.bn4j.op.DataType;
import io.github.bn4j.op.DeviceTensor;
import io.github.bn4j.op.ForwardTensors;
import io.github.bn4j.op.Mode;
import io.github.bn4j.op.SavedStatistics;
import io.github.bn4j.op.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A forward pass through a layer and the backward pass that belongs to it, for one mode and shape.
 *
 * <p>It owns what the one leaves for the other: the batch's statistics and the activation's mask.
 * So each forward pass that is still to be followed by its backward pass needs a {@code Pass} of
 * its own; {@link BatchNorm#train} reuses one per shape, {@link BatchNorm#newPass} makes more.
 *
 * <p>Calls with the same tensors as the call before allocate nothing. Not thread-safe.
 */
public final class Pass implements AutoCloseable {
  private final LayerTensors layer;
  private final Plan plan;
  private final Memory memory;
  private final @Nullable SavedStatistics saved;
  private final @Nullable Tensor reserve;

  private @Nullable ForwardTensors forward;
  private @Nullable BackwardTensors backward;

  Pass(LayerTensors layer, Backend backend, BatchNormSpec spec) {
    this.layer = layer;
    this.plan = backend.plan(spec, layer.options());
    this.memory = backend.memory(layer.options());
    try {
      boolean training = spec.mode() == Mode.TRAINING;
      long channels = spec.shape().channels();
      this.saved =
          training
              ? new SavedStatistics(
                  memory.allocate(spec.statisticsType(), channels),
                  memory.allocate(spec.statisticsType(), channels))
              : null;
      boolean leavesMask = spec.mode() != Mode.INFERENCE && plan.reserveBytes() > 0;
      this.reserve = leavesMask ? memory.allocate(DataType.U8, plan.reserveBytes()) : null;
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** What is computed. */
  public BatchNormSpec spec() {
    return plan.spec();
  }

  /** The batch statistics of the last forward pass; only in TRAINING. */
  public @Nullable SavedStatistics saved() {
    return saved;
  }

  /**
   * Forward pass of a layer without residual.
   *
   * @param x input, in the layer's type and layout
   * @param y output, likewise; may be {@code x}, but then there is no backward pass
   * @throws IllegalArgumentException for a tensor that does not fit, before anything is computed
   */
  public void forward(Tensor x, Tensor y) {
    run(x, y, null);
  }

  /**
   * Forward pass of a layer with residual.
   *
   * @param x input, in the layer's type and layout
   * @param y output, likewise; may be {@code x}, but then there is no backward pass, or the
   *     residual
   * @param residual added before the activation
   * @throws IllegalArgumentException for a tensor that does not fit, before anything is computed
   */
  public void forward(Tensor x, Tensor y, Tensor residual) {
    run(x, y, residual);
  }

  private void run(Tensor x, Tensor y, @Nullable Tensor residual) {
    ForwardTensors tensors = forward;
    if (tensors == null || tensors.x() != x || tensors.y() != y || tensors.residual() != residual) {
      backward = null;
      forward = null;
      tensors =
          ForwardTensors.builder(x, y)
              .residual(residual)
              .affine(layer.gamma(), layer.beta())
              .running(layer.running())
              .saved(saved)
              .reserve(reserve)
              .build();
    }
    plan.forward(tensors);
    forward = tensors;
  }

  /**
   * Backward pass of the last forward pass, of a layer without residual. The gradients of the
   * parameters are written to those of {@link BatchNorm#parameters()}.
   *
   * @param dy gradient of the output
   * @param dx gradient of the input is written here; may be {@code dy}
   * @throws IllegalArgumentException for a tensor that does not fit, before anything is computed
   * @throws IllegalStateException before the first forward pass, or if it overwrote {@code x}
   * @throws UnsupportedOperationException in INFERENCE
   */
  public void backward(Tensor dy, Tensor dx) {
    runBackward(dy, dx, null);
  }

  /**
   * Backward pass of the last forward pass, of a layer with residual.
   *
   * @param dy gradient of the output
   * @param dx gradient of the input is written here; may be {@code dy}
   * @param dResidual gradient of the residual is written here
   * @throws IllegalArgumentException for a tensor that does not fit, before anything is computed
   * @throws IllegalStateException before the first forward pass, or if it overwrote {@code x}
   * @throws UnsupportedOperationException in INFERENCE
   */
  public void backward(Tensor dy, Tensor dx, Tensor dResidual) {
    runBackward(dy, dx, dResidual);
  }

  private void runBackward(Tensor dy, Tensor dx, @Nullable Tensor dResidual) {
    BackwardTensors tensors = backward;
    if (tensors == null
        || tensors.dy() != dy
        || tensors.dx() != dx
        || tensors.dResidual() != dResidual) {
      tensors =
          BackwardTensors.builder(forwardTensors(), dy, dx)
              .dResidual(dResidual)
              .affine(layer.dGamma(), layer.dBeta())
              .build();
    }
    plan.backward(tensors);
    backward = tensors;
  }

  private ForwardTensors forwardTensors() {
    if (forward == null) {
      throw new IllegalStateException("backward: expected a forward pass before it, got none");
    }
    if (spec().mode() != Mode.INFERENCE && sameMemory(forward.x(), forward.y())) {
      throw new IllegalStateException(
          "backward: expected x as it was before the forward pass, but y was the same memory;"
              + " give the forward pass a y of its own");
    }
    return forward;
  }

  private static boolean sameMemory(Tensor a, Tensor b) {
    if (a instanceof ArrayTensor one && b instanceof ArrayTensor two) {
      return one.array() == two.array() && one.offset() == two.offset();
    }
    if (a instanceof DeviceTensor one && b instanceof DeviceTensor two) {
      return one.device() == two.device() && one.address() == two.address();
    }
    return a == b;
  }

  Plan plan() {
    return plan;
  }

  /** Gives back the plan and the memory; closing twice is harmless. */
  @Override
  public void close() {
    plan.close();
    memory.close();
  }
}
