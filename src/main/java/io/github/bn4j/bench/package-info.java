/**
 * Measures how long a pass takes, and holds it against the memory traffic that it cannot avoid and
 * against a copy of the same tensor.
 *
 * <p>{@link io.github.bn4j.bench.BenchmarkCase} says what is measured, {@link
 * io.github.bn4j.bench.Benchmark} measures, {@link io.github.bn4j.bench.BenchmarkRow} is one line
 * of the result. Nothing here prints.
 *
 * <pre>
 * floor bytes, N = bytes of one activation tensor
 *   forward-training, forward-inference   2N   read x, write y
 *   backward, backward-frozen             3N   read x and dy, write dx
 *   with a residual                       + N
 * gbps       floor bytes / median time
 * copy_gbps  2N / median time of a copy of one activation tensor, same run, same threads
 * </pre>
 *
 * Copy and pass are measured in turns, group by group, so that a disturbance meets both.
 */
@NullMarked
package io.github.bn4j.bench;

import org.jspecify.annotations.NullMarked;
