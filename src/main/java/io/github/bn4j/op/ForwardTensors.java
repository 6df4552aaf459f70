package io.github.bn4j.op;

import org.jspecify.annotations.Nullable;

/**
 * The tensors of a forward pass. Made once and used for many calls: a plan keeps nothing of it.
 *
 * @param x input, in the spec's shape, layout and type
 * @param y output, likewise; may be the same memory as {@code x} or {@code residual}, but not
 *     overlap them in part
 * @param residual added before the activation; exactly when the spec has one
 * @param gamma scale, one element per channel; exactly when the spec has one
 * @param beta shift, one element per channel; exactly when the spec has one
 * @param running required where running statistics are read or updated
 * @param saved where batch statistics are left; required in TRAINING, else ignored
 * @param reserve where the activation's mask is left for the backward pass: U8, at least {@code
 *     Plan.reserveBytes()}; null if the backward pass shall recompute the mask
 */
public record ForwardTensors(
    Tensor x,
    Tensor y,
    @Nullable Tensor residual,
    @Nullable Tensor gamma,
    @Nullable Tensor beta,
    @Nullable RunningStatistics running,
    @Nullable SavedStatistics saved,
    @Nullable Tensor reserve) {

  /** Starts from the two tensors that every forward pass has. */
  public static Builder builder(Tensor x, Tensor y) {
    return new Builder(x, y);
  }

  /** Collects the optional tensors; each method returns the builder. */
  public static final class Builder {
    private final Tensor x;
    private final Tensor y;
    private @Nullable Tensor residual;
    private @Nullable Tensor gamma;
    private @Nullable Tensor beta;
    private @Nullable RunningStatistics running;
    private @Nullable SavedStatistics saved;
    private @Nullable Tensor reserve;

    private Builder(Tensor x, Tensor y) {
      this.x = x;
      this.y = y;
    }

    /** Added before the activation. */
    public Builder residual(@Nullable Tensor value) {
      residual = value;
      return this;
    }

    /** Scale and shift. */
    public Builder affine(@Nullable Tensor gammaValue, @Nullable Tensor betaValue) {
      gamma = gammaValue;
      beta = betaValue;
      return this;
    }

    /** Running statistics. */
    public Builder running(@Nullable RunningStatistics value) {
      running = value;
      return this;
    }

    /** Where batch statistics are left. */
    public Builder saved(@Nullable SavedStatistics value) {
      saved = value;
      return this;
    }

    /** Where the activation's mask is left. */
    public Builder reserve(@Nullable Tensor value) {
      reserve = value;
      return this;
    }

    /** The tensors; they are checked by the plan. */
    public ForwardTensors build() {
      return new ForwardTensors(x, y, residual, gamma, beta, running, saved, reserve);
    }
  }
}
