/**
 * Batch normalization on the processor: parallel over a small pool, vectorised, the same bits
 * whatever the number of threads.
 *
 * <p>A plan walks the tensor as {@link io.github.bn4j.backend.cpu.Tile}s that fit the first-level
 * cache. Where a channel's positions are long runs in memory ({@code RunWalk}), a tile has one
 * channel per row; where they are short or the channel is last ({@code ColumnWalk}), one channel
 * per column. Tiles form slices, slices form blocks of channels.
 *
 * <pre>
 * fused    a block fits the caches: one task reads it, finishes its statistics, reads it again
 *          newest slice first from cache, and writes it: memory sees 2N, or 3N backward
 * phased   it does not: all threads share a block, slice by slice, with a barrier between
 *          statistics and normalization
 * </pre>
 *
 * What belongs to which slice follows from the shape alone, and slices are merged in order: that is
 * why the number of threads does not change a bit. Within a tile of runs statistics take two
 * passes, mean then centred squares; within a slice of columns one, about the mean of some of its
 * rows, and another where that was far from the mean; in float (double for f64). Slices merge in
 * double (Chan).
 *
 * <p>The inner loops are behind {@link io.github.bn4j.backend.cpu.Kernels}, once as plain loops and
 * once with the incubating Vector API in the package {@code vector}, which is compiled apart and
 * loaded by name only where the module is present: {@code KernelChoice} says which and why. Tuning
 * numbers are in {@code CpuTuning}, but for the one that depends on vectors, in {@code
 * VectorColumnKernels}.
 *
 * <p>f32 beyond about 1e19: squares overflow float, so a slice whose sum of squares is not finite
 * is read again in double ({@code WideMoments}). In the backward pass of such channels {@code gamma
 * * invStd^2} leaves the range of float, and dx of their block is found in double, too. Sums of
 * {@code dz * (x - center)} stay in float: they are right up to some 1e30.
 */
@NullMarked
package io.github.bn4j.backend.cpu;

import org.jspecify.annotations.NullMarked;
