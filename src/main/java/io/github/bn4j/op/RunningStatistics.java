package io.github.bn4j.op;

import org.jspecify.annotations.Nullable;

/**
 * The running statistics of a layer; read by INFERENCE and FROZEN, updated in place by TRAINING.
 *
 * @param mean one element per channel, of the spec's statistics type
 * @param variance one element per channel, of the spec's statistics type
 * @param batches one I64 element, the batches seen so far; TRAINING adds one. Required when the
 *     average is cumulative, else optional
 */
public record RunningStatistics(Tensor mean, Tensor variance, @Nullable Tensor batches) {}
