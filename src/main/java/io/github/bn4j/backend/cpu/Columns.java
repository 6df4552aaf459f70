package io.github.bn4j.backend.cpu;

/**
 * The numbers of each column that {@link ColumnKernels} work with; the first five mean what they
 * mean in {@link RunCoefficients}. Each array has one element per column of a block.
 *
 * @param first sums of one kind that kernels add to
 * @param second sums of another kind
 * @param <A> {@code float[]} or {@code double[]}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Columns<A>(A center, A scale, A shift, A slope, A offset, A first, A second) {}
