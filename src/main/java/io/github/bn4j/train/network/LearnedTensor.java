package io.github.bn4j.train.network;

import io.github.bn4j.op.Tensor;
import java.util.List;

/**
 * A parameter of a network.
 *
 * @param name PyTorch's, such as {@code conv1.weight}
 * @param shape sizes in memory order
 * @param value in the engine's memory
 * @param gradient written by each backward pass
 */
public record LearnedTensor(String name, List<Long> shape, Tensor value, Tensor gradient) {}
