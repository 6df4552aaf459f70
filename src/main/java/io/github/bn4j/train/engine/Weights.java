package io.github.bn4j.train.engine;

import io.github.bn4j.op.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What a convolution or dense step learns, f32.
 *
 * @param weight output channels x input channels (x kernel x kernel), as in PyTorch
 * @param bias one element per output channel; null without
 * @param dWeight gradient of the weight
 * @param dBias gradient of the bias; exactly when there is one
 */
public record Weights(
    Tensor weight, @Nullable Tensor bias, Tensor dWeight, @Nullable Tensor dBias) {}
