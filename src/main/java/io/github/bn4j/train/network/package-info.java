/**
 * The networks of the workload as values, and what it takes to run them on an engine.
 *
 * <p>An {@link io.github.bn4j.train.network.Architecture} is a list of {@link
 * io.github.bn4j.train.network.Layer}s; {@link io.github.bn4j.train.network.Architectures} has
 * those that there are. A {@link io.github.bn4j.train.network.Network} holds the parameters of one,
 * by PyTorch's names; an {@link io.github.bn4j.train.network.Execution} holds the steps and the
 * activations for one batch size and mode. Batch normalization is the library's {@code
 * api.BatchNorm}.
 */
@NullMarked
package io.github.bn4j.train.network;

import org.jspecify.annotations.NullMarked;
