/**
 * The judge of all other backends: double precision, one loop per step, no trick.
 *
 * <p>{@link io.github.bn4j.backend.reference.ReferenceBackend} supports every spec. Its plan goes
 * through the channels one after the other and reads and writes single elements, so that layout,
 * type and kind of memory appear in one place each: the layout in {@code ChannelIndex}, type and
 * memory in {@code HostTensor.get} and {@code set}.
 *
 * <p>Statistics are two-pass: the mean first, then the squared deviations from it. The mean is
 * taken of the differences to the channel's first value, so that the mean of a constant channel is
 * that constant exactly, its variance 0, and its output exactly beta. Every result is computed in
 * double and rounded once, when it is stored.
 *
 * <p>What judges the judge: samples made by PyTorch, numerical differentiation of its backward
 * passes, and exact cases worked out by hand, all among its tests. Formulas: the page of {@link
 * io.github.bn4j.op}.
 */
@NullMarked
package io.github.bn4j.backend.reference;

import org.jspecify.annotations.NullMarked;
