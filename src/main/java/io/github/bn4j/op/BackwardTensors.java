package io.github.bn4j.op;

import org.jspecify.annotations.Nullable;

/**
 * The tensors of a backward pass. Made once and used for many calls: a plan keeps nothing of it.
 *
 * <p>Gradients are written, not accumulated.
 *
 * @param x the input of the forward pass
 * @param dy gradient of the output, in the spec's shape, layout and type
 * @param dx gradient of the input is written here; may be the same memory as {@code dy}
 * @param dResidual gradient of the residual is written here; exactly when the spec has one
 * @param dGamma gradient of gamma, one element per channel; exactly when the spec has a gamma
 * @param dBeta gradient of beta, one element per channel; exactly when the spec has a beta
 * @param inputs what the forward pass read and left besides x
 */
public record BackwardTensors(
    Tensor x,
    Tensor dy,
    Tensor dx,
    @Nullable Tensor dResidual,
    @Nullable Tensor dGamma,
    @Nullable Tensor dBeta,
    Inputs inputs) {

  /**
   * What the forward pass read and left besides x.
   *
   * @param gamma scale; exactly when the spec has one
   * @param beta shift; needed only to recompute the mask of an activation
   * @param residual the forward pass's residual; needed only to recompute the mask of an activation
   * @param running running statistics; required in FROZEN
   * @param saved batch statistics from the forward pass; required in TRAINING
   * @param reserve the mask from the forward pass; null to recompute it
   */
  public record Inputs(
      @Nullable Tensor gamma,
      @Nullable Tensor beta,
      @Nullable Tensor residual,
      @Nullable RunningStatistics running,
      @Nullable SavedStatistics saved,
      @Nullable Tensor reserve) {}

  /** Starts from the forward pass's tensors and the two gradients that every backward pass has. */
  public static Builder builder(ForwardTensors forward, Tensor dy, Tensor dx) {
    return new Builder(forward, dy, dx);
  }

  /** Collects the optional gradients; each method returns the builder. */
  public static final class Builder {
    private final ForwardTensors forward;
    private final Tensor dy;
    private final Tensor dx;
    private @Nullable Tensor dResidual;
    private @Nullable Tensor dGamma;
    private @Nullable Tensor dBeta;

    private Builder(ForwardTensors forward, Tensor dy, Tensor dx) {
      this.forward = forward;
      this.dy = dy;
      this.dx = dx;
    }

    /** Gradient of the residual. */
    public Builder dResidual(@Nullable Tensor value) {
      dResidual = value;
      return this;
    }

    /** Gradients of scale and shift. */
    public Builder affine(@Nullable Tensor dGammaValue, @Nullable Tensor dBetaValue) {
      dGamma = dGammaValue;
      dBeta = dBetaValue;
      return this;
    }

    /** The tensors; they are checked by the plan. */
    public BackwardTensors build() {
      Inputs inputs =
          new Inputs(
              forward.gamma(),
              forward.beta(),
              forward.residual(),
              forward.running(),
              forward.saved(),
              forward.reserve());
      return new BackwardTensors(forward.x(), dy, dx, dResidual, dGamma, dBeta, inputs);
    }
  }
}
