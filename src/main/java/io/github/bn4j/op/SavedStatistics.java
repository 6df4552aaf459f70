package io.github.bn4j.op;

/**
 * The batch statistics that a TRAINING forward pass leaves for its backward pass.
 *
 * @param mean batch mean, one element per channel, of the spec's statistics type
 * @param invStd {@code 1 / sqrt(v + epsilon)}, likewise
 */
public record SavedStatistics(Tensor mean, Tensor invStd) {}
