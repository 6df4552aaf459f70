package io.github.bn4j.backend.cpu;

/**
 * All inner loops of one accumulation type. One set per thread, since some have scratch memory.
 *
 * @param runs tiles of one channel
 * @param columns tiles of one channel per column
 * @param elements tiles of any channels
 * @param <A> {@code float[]} or {@code double[]}
 */
public record Kernels<A>(
    RunKernels<A> runs, ColumnKernels<A> columns, ElementKernels<A> elements) {}
