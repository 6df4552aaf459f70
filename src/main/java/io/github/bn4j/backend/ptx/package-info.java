/**
 * Batch normalization by our own kernels: PTX that needs the NVIDIA driver and nothing else.
 *
 * <p>The kernels are CUDA C++ in {@code kernels/}; {@code kernels/README.md} lists entry points,
 * files, Java twins and formulas. A twin ({@link io.github.bn4j.backend.ptx.StatisticsKernel} for
 * {@code bn_statistics.cu}, ...) names the fields of the kernel's one struct argument, knows its
 * launch shape, and sets its pointers; nothing else.
 *
 * <pre>
 * forward, batch statistics     bn_forward_onepass or _cluster             2 N of memory traffic
 *                               bn_statistics, bn_normalize                3 N
 * forward, running statistics   bn_inference                               2 N
 * backward, TRAINING            bn_backward_onepass or _cluster            3 N
 *                               bn_backward_reduce, bn_backward_apply      5 N
 * backward, FROZEN              bn_backward_frozen                         3 N
 * </pre>
 *
 * with N the bytes of one activation tensor. {@link io.github.bn4j.backend.ptx.TierTuning} chooses
 * between them; {@link io.github.bn4j.backend.ptx.LaunchTuning} and {@link
 * io.github.bn4j.backend.ptx.OnChipTuning} have every number, {@link
 * io.github.bn4j.backend.ptx.Geometry} what a kernel sees of a shape, {@link
 * io.github.bn4j.backend.ptx.Workspace} the memory between the launches of a plan.
 *
 * <p>A plan is made once: modules loaded, workspace allocated, arguments prepared. Executing writes
 * pointers into the prepared structs and launches; it allocates nothing, waits for nothing, and can
 * be captured into a CUDA graph.
 */
@NullMarked
package io.github.bn4j.backend.ptx;

import org.jspecify.annotations.NullMarked;
