package io.github.bn4j.api;

import io.github.bn4j.op.Tensor;

/**
 * One thing an optimizer changes. Both tensors stay the same for the life of the layer.
 *
 * @param name PyTorch's name: {@code weight} for gamma, {@code bias} for beta
 * @param value one element per channel
 * @param gradient written, not accumulated, by each backward pass; one element per channel
 */
public record Parameter(String name, Tensor value, Tensor gradient) {}
