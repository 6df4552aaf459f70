/**
 * The workload's engine for the CPU: matrices are multiplied by a BLAS, everything else is plain
 * loops, and the batch is split among the threads of the {@code cpu} backend's pool.
 *
 * <p>Work is split by the number of threads alone and partial sums are added in a fixed order, so
 * that a run gives the same bits whenever machine, BLAS and number of threads are the same.
 */
@NullMarked
package io.github.bn4j.train.cpu;

import org.jspecify.annotations.NullMarked;
